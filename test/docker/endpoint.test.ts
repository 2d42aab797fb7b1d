import { createHash } from 'node:crypto';
import test from 'ava';
import { type EngineEndpoint, resolveEndpoint } from '../../src/docker/endpoint.ts';

const meta = (name: string) => `/home/me/.docker/contexts/meta/${createHash('sha256').update(name).digest('hex')}/meta.json`;
const tlsFile = (name: string, file: string) =>
  `/home/me/.docker/contexts/tls/${createHash('sha256').update(name).digest('hex')}/docker/${file}`;
const certificates = (at: (file: string) => string) => ({ [at('ca.pem')]: 'CA', [at('cert.pem')]: 'CERT', [at('key.pem')]: 'KEY' });
const hostOf = (host: string) => JSON.stringify({ Name: 'x', Endpoints: { docker: { Host: host } } });
const tls = { ca: 'CA', cert: 'CERT', key: 'KEY' };

const resolve = (env: Record<string, string>, files: Record<string, string>) =>
  resolveEndpoint({ env, home: '/home/me', readFile: async (path) => files[path], exists: async (path) => path in files });

function resolves(title: string, env: Record<string, string>, files: Record<string, string>, expected: EngineEndpoint) {
  test(`The engine is ${title}`, async (t) => {
    t.deepEqual(await resolve(env, files), { configFile: '/home/me/.docker/config.json', ...expected });
  });
}

const system = { '/var/run/docker.sock': '' };
const own = { '/run/user/7/docker.sock': '' };
const current = { '/home/me/.docker/config.json': '{"currentContext": "far"}' };
const far = { [meta('far')]: hostOf('ssh://me@far.example.com') };

resolves("the system's when nothing is said", {}, {}, { url: 'unix:///var/run/docker.sock' });
resolves("the user's own when there is only that", { XDG_RUNTIME_DIR: '/run/user/7' }, own, { url: 'unix:///run/user/7/docker.sock' });
resolves(
  "the system's when there are both",
  { XDG_RUNTIME_DIR: '/run/user/7' },
  { ...own, ...system },
  { url: 'unix:///var/run/docker.sock' },
);
resolves(
  'where DOCKER_HOST says, before any context',
  { DOCKER_HOST: 'unix:///tmp/d.sock', DOCKER_CONTEXT: 'far' },
  { ...current, ...far },
  { url: 'unix:///tmp/d.sock' },
);
resolves('tcp when DOCKER_HOST has no scheme', { DOCKER_HOST: '10.0.0.1:2375' }, {}, { url: 'tcp://10.0.0.1:2375' });
resolves(
  'verified by TLS with the certificates of DOCKER_CERT_PATH',
  { DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
  certificates((file) => `/certs/${file}`),
  { url: 'tcp://h:2376', tls },
);
resolves(
  'verified by TLS with the certificates of ~/.docker',
  { DOCKER_HOST: 'https://h:2376' },
  certificates((file) => `/home/me/.docker/${file}`),
  { url: 'https://h:2376', tls },
);
resolves('reached by SSH', { DOCKER_HOST: 'ssh://me@h' }, {}, { url: 'ssh://me@h' });
resolves('that of DOCKER_CONTEXT', { DOCKER_CONTEXT: 'far' }, far, { url: 'ssh://me@far.example.com' });
resolves('that of the current context', {}, { ...current, ...far }, { url: 'ssh://me@far.example.com' });
resolves(
  "the context's, with its certificates",
  { DOCKER_CONTEXT: 'near' },
  { [meta('near')]: hostOf('tcp://n:2376'), ...certificates((file) => tlsFile('near', file)) },
  { url: 'tcp://n:2376', tls },
);
resolves(
  'the default one when the context is called that',
  { DOCKER_CONTEXT: 'default' },
  { ...current, ...far },
  { url: 'unix:///var/run/docker.sock' },
);

test('Docker keeps its settings where DOCKER_CONFIG says', async (t) => {
  const files = {
    '/etc/d/config.json': '{"currentContext": "far"}',
    [meta('far').replace('/home/me/.docker', '/etc/d')]: hostOf('tcp://h:1'),
  };
  t.deepEqual(await resolve({ DOCKER_CONFIG: '/etc/d' }, files), { configFile: '/etc/d/config.json', url: 'tcp://h:1' });
});

function refuses(title: string, env: Record<string, string>, files: Record<string, string>, message: RegExp) {
  test(`Refused is ${title}`, async (t) => {
    await t.throwsAsync(resolve(env, files), { code: 'settings', message });
  });
}

refuses('a context that is not there', { DOCKER_CONTEXT: 'lost' }, {}, /"lost".*docker context ls/);
refuses(
  'a context without an engine',
  { DOCKER_CONTEXT: 'k8s' },
  { [meta('k8s')]: '{"Endpoints": {"kubernetes": {}}}' },
  /Endpoints\.docker\.Host/,
);
refuses('a config.json that is no JSON', {}, { '/home/me/.docker/config.json': '{' }, /config\.json is not JSON/);
refuses('TLS without certificates', { DOCKER_HOST: 'tcp://h:1', DOCKER_TLS_VERIFY: '1' }, {}, /ca\.pem; set DOCKER_CERT_PATH/);
refuses('a scheme nobody knows', { DOCKER_HOST: 'npipe:////./pipe/docker' }, {}, /DOCKER_HOST is .*must be unix/);
refuses('an address without a host', { DOCKER_HOST: 'tcp://' }, {}, /DOCKER_HOST is/);
