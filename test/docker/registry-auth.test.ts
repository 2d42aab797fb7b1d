import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { registryAuth } from '../../src/docker/registry-auth.ts';

const basic = (login: string) => ({ auth: Buffer.from(login).toString('base64') });
const auths = {
  'https://index.docker.io/v1/': basic('hub:h'),
  'registry.example.com': basic('me:pass:word'),
  'https://other.example.com:5000/v2/': basic('you:p'),
  'helped.example.com': {},
};

let file: string;
test.before(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'windlass-auth-')), 'config.json');
  await writeFile(file, JSON.stringify({ auths, credsStore: 'desktop' }));
});
test.after.always(() => rm(join(file, '..'), { recursive: true, force: true }));

function logsIn(reference: string, login: string | undefined) {
  test(`${reference} is pulled ${login === undefined ? 'by nobody' : `as ${login}`}`, async (t) => {
    const auth = await registryAuth(file, reference);
    t.is(auth && `${auth.username}:${auth.password}`, login);
  });
}

logsIn('nginx:1', 'hub:h');
logsIn('acme/web', 'hub:h');
logsIn('registry.example.com/acme/web:1', 'me:pass:word');
logsIn('other.example.com:5000/web@sha256:ab', 'you:p');
logsIn('other.example.com/web', undefined);
logsIn('helped.example.com/web', undefined);
logsIn('localhost/web', undefined);

test('Without a config.json nobody is logged in', async (t) => {
  t.is(await registryAuth(undefined, 'nginx'), undefined);
  t.is(await registryAuth('/nowhere/config.json', 'nginx'), undefined);
});

test('A broken config.json is told without a word of it', async (t) => {
  const broken = join(file, '..', 'broken.json');
  await writeFile(broken, '{"auths": {"x": "geheim');
  const error = await t.throwsAsync(registryAuth(broken, 'nginx'), { code: 'docker', message: /broken\.json is not a config\.json/ });
  t.notRegex(`${error?.stack} ${String(error?.cause)}`, /geheim/);
});
