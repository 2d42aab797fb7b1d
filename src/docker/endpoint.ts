import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { WindlassError } from '../errors.ts';

/** Where an engine answers. */
export interface EngineEndpoint {
  /** `unix:///path`, `tcp://host:port` or `ssh://user@host:port`. */
  readonly url: string;
  /** PEM texts; with them `tcp` is TLS, both sides verified. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Docker's config.json, read at every pull for the registry's user name and password. */
  readonly configFile?: string;
}

/** What `resolveEndpoint` reads: the environment, the home folder, and files (undefined where there is none). */
export interface EndpointSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readFile(path: string): Promise<string | undefined>;
  exists(path: string): Promise<boolean>;
}

const systemSocket = '/var/run/docker.sock';

/** The engine that the Docker CLI would talk to: DOCKER_HOST, DOCKER_CONTEXT, the current context, the system's socket, the user's own. */
export async function resolveEndpoint(sources: EndpointSources): Promise<EngineEndpoint> {
  const { env, home } = sources;
  const folder = env.DOCKER_CONFIG || join(home, '.docker');
  const configFile = join(folder, 'config.json');
  if (env.DOCKER_HOST) return { configFile, ...(await hostEndpoint(sources, env.DOCKER_HOST, env.DOCKER_CERT_PATH || folder)) };
  const context = env.DOCKER_CONTEXT || (await currentContext(sources, configFile));
  if (context && context !== 'default') return { configFile, ...(await contextEndpoint(sources, folder, context)) };
  return { configFile, url: `unix://${await defaultSocket(sources)}` };
}

async function hostEndpoint(sources: EndpointSources, host: string, certificates: string): Promise<EngineEndpoint> {
  const url = engineUrl(host, 'DOCKER_HOST');
  const wantsTls = Boolean(sources.env.DOCKER_TLS_VERIFY) || url.startsWith('https:');
  if (!isTcp(url) || !wantsTls) return { url };
  return { url, tls: await readTls(sources, certificates) };
}

async function contextEndpoint(sources: EndpointSources, folder: string, context: string): Promise<EngineEndpoint> {
  const id = createHash('sha256').update(context).digest('hex');
  const file = join(folder, 'contexts', 'meta', id, 'meta.json');
  const text = await sources.readFile(file);
  if (text === undefined)
    throw settingsError(`Docker context ${JSON.stringify(context)}: ${file} is not there; "docker context ls" lists what is`);
  const host = at(at(at(parseJson(text, file), 'Endpoints'), 'docker'), 'Host');
  if (typeof host !== 'string') throw settingsError(`Docker context ${JSON.stringify(context)}: ${file} names no Endpoints.docker.Host`);
  const url = engineUrl(host, `Docker context ${JSON.stringify(context)}`);
  const certificates = join(folder, 'contexts', 'tls', id, 'docker');
  const secured = isTcp(url) && (await sources.exists(join(certificates, 'ca.pem')));
  return secured ? { url, tls: await readTls(sources, certificates) } : { url };
}

async function currentContext(sources: EndpointSources, configFile: string): Promise<string | undefined> {
  const text = await sources.readFile(configFile);
  const name = text === undefined ? undefined : at(parseJson(text, configFile), 'currentContext');
  return typeof name === 'string' ? name : undefined;
}

async function defaultSocket({ env, exists }: EndpointSources): Promise<string> {
  if (!env.XDG_RUNTIME_DIR || (await exists(systemSocket))) return systemSocket;
  const own = join(env.XDG_RUNTIME_DIR, 'docker.sock');
  return (await exists(own)) ? own : systemSocket;
}

async function readTls(sources: EndpointSources, folder: string): Promise<{ ca: string; cert: string; key: string }> {
  const read = async (name: string) => {
    const text = await sources.readFile(join(folder, name));
    if (text === undefined) throw settingsError(`TLS to the Docker engine needs ${join(folder, name)}; set DOCKER_CERT_PATH to its folder`);
    return text;
  };
  return { ca: await read('ca.pem'), cert: await read('cert.pem'), key: await read('key.pem') };
}

/** As the CLI takes it: `host:port` alone is tcp. */
function engineUrl(host: string, what: string): string {
  const text = host.includes('://') ? host : `tcp://${host}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = url && ['unix:', 'tcp:', 'http:', 'https:', 'ssh:'].includes(url.protocol);
  if (!known || (url.protocol === 'unix:' ? url.pathname === '' : url.hostname === '')) {
    throw settingsError(`${what} is ${JSON.stringify(host)}; it must be unix:///path, tcp://host:port or ssh://user@host`);
  }
  return text;
}

const isTcp = (url: string): boolean => /^(tcp|https?):/.test(url);

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw settingsError(`${file} is not JSON`, cause);
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

const settingsError = (message: string, cause?: unknown) => new WindlassError('settings', message, { cause });
