import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { WindlassError } from '../src/errors.ts';
import { type Machine, readSettings } from '../src/settings.ts';
import type { Variables } from '../src/settings-reader.ts';
import { ensureSecret, makeAdminToken, makeWebhookSecret } from '../src/settings-store.ts';
import { duration } from '../src/settings-values.ts';

const files: Record<string, string> = { '/run/secrets/token': 'a-token-from-a-file\n', '/run/secrets/empty': '\n' };
const machine: Machine = {
  hostname: 'web-1',
  home: '/home/ops',
  address: '10.0.0.7',
  readFile: (path) => {
    const content = files[path];
    if (content === undefined) throw new Error(`no such file, open '${path}'`);
    return content;
  },
};
const read = (env: Variables) => readSettings(env, machine);

test('an empty environment gives the documented defaults', (t) => {
  const settings = read({});
  t.like(settings, {
    repository: undefined,
    repositoryProvider: 'standard',
    repositoryApiUrl: undefined,
    listen: { host: '127.0.0.1', port: 8420 },
    url: 'http://127.0.0.1:8420',
    publicUrl: 'http://127.0.0.1:8420',
    stateDirectory: '/home/ops/.local/state/windlass',
    secretsDirectory: '/home/ops/.local/state/windlass/secrets',
    redisUrl: undefined,
    host: 'web-1',
    hostAddress: '10.0.0.7',
    hostLabels: {},
    pollMs: 60_000,
    auditMs: 60_000,
    logLevel: 'info',
    noColor: false,
    warnings: [],
  });
  t.deepEqual(settings.webhookSecrets, []);
});

test('every setting is read', (t) => {
  const settings = read({
    WINDLASS_REPOSITORY: 'https://git.example.com/acme/config.git',
    WINDLASS_REPOSITORY_PROVIDER: 'gitea',
    WINDLASS_REPOSITORY_TOKEN: 'repository-token',
    WINDLASS_REPOSITORY_API_URL: 'https://git.example.com/api/v1/',
    WINDLASS_WEBHOOK_SECRET: 'current,previous',
    WINDLASS_ADMIN_TOKEN_FILE: '/run/secrets/token',
    WINDLASS_NOTIFY_URL: 'https://chat.example.com/hooks/hunter3/',
    WINDLASS_NOTIFY_SECRET: 'whsec_one,whsec_two',
    WINDLASS_LISTEN: ':9000',
    WINDLASS_PUBLIC_URL: 'https://windlass.example.com',
    XDG_STATE_HOME: '/var/lib',
    WINDLASS_SECRETS_DIR: '/run/secrets',
    WINDLASS_REDIS_URL: 'redis://:hunter2@redis:6379/0',
    WINDLASS_HOST: 'db-1',
    WINDLASS_HOST_ADDRESS: 'fd00::7',
    WINDLASS_HOST_LABELS: 'role=db, tier=prod',
    WINDLASS_POLL: '1m30s',
    WINDLASS_LOG_LEVEL: 'debug',
    WINDLASS_FAULT: 'after-rename:2',
    DOCKER_HOST: 'tcp://10.0.0.1:2376',
    DOCKER_TLS_VERIFY: '1',
    NO_COLOR: '1',
  });
  t.like(settings, {
    repository: 'https://git.example.com/acme/config.git',
    repositoryProvider: 'gitea',
    repositoryApiUrl: 'https://git.example.com/api/v1',
    listen: { host: '0.0.0.0', port: 9000 },
    url: 'http://127.0.0.1:9000',
    publicUrl: 'https://windlass.example.com',
    stateDirectory: '/var/lib/windlass',
    secretsDirectory: '/run/secrets',
    host: 'db-1',
    hostAddress: 'fd00::7',
    hostLabels: { role: 'db', tier: 'prod' },
    pollMs: 90_000,
    logLevel: 'debug',
    fault: 'after-rename:2',
    dockerEnvironment: { DOCKER_HOST: 'tcp://10.0.0.1:2376', DOCKER_TLS_VERIFY: '1' },
    noColor: true,
  });
  t.is(settings.repositoryToken?.reveal(), 'repository-token');
  t.is(settings.adminToken?.reveal(), 'a-token-from-a-file');
  t.is(settings.notifyUrl?.reveal(), 'https://chat.example.com/hooks/hunter3/');
  t.deepEqual(
    settings.notifySecrets.map((secret) => secret.reveal()),
    ['whsec_one', 'whsec_two'],
  );
  t.deepEqual(
    settings.webhookSecrets.map((secret) => secret.reveal()),
    ['current', 'previous'],
  );
  t.deepEqual(settings.warnings, []);
  t.false(
    /repository-token|from-a-file|hunter2|hunter3|whsec|current|previous/.test(
      `${inspect(settings, { depth: 9 })}${JSON.stringify(settings)}`,
    ),
  );
});

test("a source's secrets are found by its name in upper case with _ for -", (t) => {
  const settings = read({
    WINDLASS_SOURCE_WEB_SHOP_SECRET: 'one,two',
    WINDLASS_SOURCE_WEB_SHOP_TOKEN_FILE: '/run/secrets/token',
  });
  t.deepEqual(
    settings.source('web-shop').secrets.map((secret) => secret.reveal()),
    ['one', 'two'],
  );
  t.is(settings.source('web-shop').token?.reveal(), 'a-token-from-a-file');
  t.deepEqual(settings.source('constructor'), { secrets: [], token: undefined, sshKey: undefined });
  t.deepEqual(settings.warnings, []);
});

test('a name that nothing reads is a warning', (t) => {
  t.deepEqual(read({ WINDLASS_LISTN: '' }).warnings, []);
  t.deepEqual(read({ WINDLASS_LISTN: ':1' }).warnings, ['WINDLASS_LISTN is set, but windlass knows no such setting']);
});

test('an empty variable counts as not set', (t) => {
  t.like(read({ WINDLASS_LISTEN: '', WINDLASS_REPOSITORY_TOKEN: '' }), { url: 'http://127.0.0.1:8420', repositoryToken: undefined });
});

const refused = (t: ExecutionContext, env: Variables, message: string) => {
  const error = t.throws(() => read(env), { instanceOf: WindlassError });
  t.is(error?.code, 'settings');
  t.is(error?.message, message);
};
test(
  'a wrong provider',
  refused,
  { WINDLASS_REPOSITORY_PROVIDER: 'svn' },
  'WINDLASS_REPOSITORY_PROVIDER: "svn" is not known; write one of github, gitlab, gitea, bitbucket, standard',
);
test(
  'a wrong address',
  refused,
  { WINDLASS_LISTEN: 'localhost' },
  'WINDLASS_LISTEN: "localhost" is not an address; write one like 127.0.0.1:8420, or :8420 for all addresses',
);
test(
  'a port that is none',
  refused,
  { WINDLASS_LISTEN: ':70000' },
  'WINDLASS_LISTEN: ":70000" is not an address; write one like 127.0.0.1:8420, or :8420 for all addresses',
);
test(
  'a wrong URL',
  refused,
  { WINDLASS_URL: 'controller:8420' },
  'WINDLASS_URL: not a URL; write one that starts with http:// or https://',
);
test('a wrong duration', refused, { WINDLASS_POLL: '60' }, 'WINDLASS_POLL: "60" is not a duration; write one like 60s or 1m30s');
test('a poll without a pause', refused, { WINDLASS_POLL: '0s' }, 'WINDLASS_POLL: too often; write 1s or more');
test(
  'a wrong label',
  refused,
  { WINDLASS_HOST_LABELS: 'role' },
  'WINDLASS_HOST_LABELS: "role" is not key=value; write labels like role=web,tier=prod',
);
test('a label twice', refused, { WINDLASS_HOST_LABELS: 'a=1,a=2' }, 'WINDLASS_HOST_LABELS: a stands there twice; leave one out');
test(
  'an address with a port',
  refused,
  { WINDLASS_HOST_ADDRESS: '10.0.0.7:80' },
  'WINDLASS_HOST_ADDRESS: "10.0.0.7:80" is not a host name or address; write one without a port, like 10.0.0.7',
);
test('a blank secret', refused, { WINDLASS_WEBHOOK_SECRET: '  ' }, 'WINDLASS_WEBHOOK_SECRET: is blank; write the secret, or leave it out');
test(
  'an empty secret among others',
  refused,
  { WINDLASS_WEBHOOK_SECRET: 'one,' },
  'WINDLASS_WEBHOOK_SECRET: has an empty secret; write them as one,two',
);
test(
  'an empty secret file',
  refused,
  { WINDLASS_ADMIN_TOKEN_FILE: '/run/secrets/empty' },
  'WINDLASS_ADMIN_TOKEN_FILE: /run/secrets/empty is empty; write the secret into it',
);
test(
  'a missing secret file',
  refused,
  { WINDLASS_ADMIN_TOKEN_FILE: '/none' },
  "WINDLASS_ADMIN_TOKEN_FILE: cannot be read (no such file, open '/none'); name a file that windlass may read",
);
test(
  'a secret given twice',
  refused,
  { WINDLASS_ADMIN_TOKEN: 'sixteen-letters!', WINDLASS_ADMIN_TOKEN_FILE: '/run/secrets/token' },
  'WINDLASS_ADMIN_TOKEN: WINDLASS_ADMIN_TOKEN_FILE is set too; leave one of them out',
);
test(
  'an admin token that could be guessed',
  refused,
  { WINDLASS_ADMIN_TOKEN: 'hunter2-hunter2' },
  'WINDLASS_ADMIN_TOKEN: is shorter than 16 characters; write a longer one (openssl rand -base64 32), or leave it out, and windlass makes one',
);
test(
  'an admin token with a space in it',
  refused,
  { WINDLASS_ADMIN_TOKEN: 'correct horse battery staple' },
  'WINDLASS_ADMIN_TOKEN: has a space or a character that is not ASCII; write one word',
);
test(
  'a receiver that is no web address',
  refused,
  { WINDLASS_NOTIFY_URL: 'ftp://chat.example.com/hunter3' },
  'WINDLASS_NOTIFY_URL: not a URL; write one that starts with http:// or https://',
);
test(
  'a password in the address of a receiver',
  refused,
  { WINDLASS_NOTIFY_URL: 'https://ops:hunter3@chat.example.com/' },
  'WINDLASS_NOTIFY_URL: holds a name or password; write the URL without',
);
test(
  'a secret of a source that is wrong',
  refused,
  { WINDLASS_SOURCE_SHOP_TOKEN: 'caf\u00e9' },
  'WINDLASS_SOURCE_SHOP_TOKEN: has a character that is not printable ASCII; write one line without accents',
);
test(
  'an SSH key that is a path',
  refused,
  { WINDLASS_REPOSITORY_SSH_KEY: '/root/.ssh/id_ed25519' },
  'WINDLASS_REPOSITORY_SSH_KEY: is no private key; write the whole file that ssh-keygen made, from -----BEGIN to END-----',
);
test(
  'an SSH key with a passphrase',
  refused,
  {
    WINDLASS_SOURCE_SHOP_SSH_KEY: `-----BEGIN OPENSSH PRIVATE KEY-----\n${Buffer.from('openssh-key-v1\0aes256-ctr bcrypt').toString('base64')}\n-----END OPENSSH PRIVATE KEY-----`,
  },
  'WINDLASS_SOURCE_SHOP_SSH_KEY: has a passphrase, which nobody is there to type; make one without (ssh-keygen -N "")',
);
test(
  'a password in the repository URL',
  refused,
  { WINDLASS_REPOSITORY: 'https://ops:hunter2@git.example.com/a.git' },
  'WINDLASS_REPOSITORY: the URL holds a password; write it without, and the password into WINDLASS_REPOSITORY_TOKEN',
);
test(
  'a wrong Redis URL is not shown',
  refused,
  { WINDLASS_REDIS_URL: 'http://:hunter2@redis' },
  'WINDLASS_REDIS_URL: not a Redis URL; write one like redis://127.0.0.1:6379/0, rediss://… or unix:///run/redis.sock',
);
test(
  'all mistakes are told at once',
  refused,
  { WINDLASS_POLL: 'x', WINDLASS_LOG_LEVEL: 'loud' },
  'WINDLASS_POLL: "x" is not a duration; write one like 60s or 1m30s\nWINDLASS_LOG_LEVEL: "loud" is not known; write one of fatal, error, warn, info, debug, trace, silent',
);
test('a host name of the machine that cannot be one', (t) => {
  t.throws(() => readSettings({}, { ...machine, hostname: 'my_host' }), { message: /^WINDLASS_HOST: a host's name has/ });
});

test('a duration is the sum of its parts', (t) => {
  const part = fc.nat({ max: 10_000 });
  fc.assert(
    fc.property(part, part, part, (minutes, seconds, ms) => {
      t.is(duration.parse(`${minutes}m${seconds}s${ms}ms`), minutes * 60_000 + seconds * 1000 + ms);
    }),
  );
});

test('a made-up secret is kept for its owner alone and found again', async (t) => {
  const state = join(await mkdtemp(join(tmpdir(), 'windlass-state-')), 'windlass');
  t.teardown(() => rm(join(state, '..'), { recursive: true }));
  const first = await ensureSecret(state, 'webhook-secret', makeWebhookSecret);
  t.true(first.made);
  t.regex(first.secret.reveal(), /^whsec_[A-Za-z0-9+/]{43}=$/);
  t.is((await stat(join(state, 'webhook-secret'))).mode & 0o777, 0o600);
  t.is(await readFile(join(state, 'webhook-secret'), 'utf8'), `${first.secret.reveal()}\n`);
  const second = await ensureSecret(state, 'webhook-secret', makeWebhookSecret);
  t.false(second.made);
  t.is(second.secret.reveal(), first.secret.reveal());
});

test('processes that start at once agree on the secret', async (t) => {
  const state = await mkdtemp(join(tmpdir(), 'windlass-state-'));
  t.teardown(() => rm(state, { recursive: true }));
  const all = await Promise.all(Array.from({ length: 8 }, () => ensureSecret(state, 'admin-token', makeAdminToken)));
  t.is(new Set(all.map(({ secret }) => secret.reveal())).size, 1);
  t.is(all.filter(({ made }) => made).length, 1);
});

test('an emptied secret file is told, not overwritten', async (t) => {
  const state = await mkdtemp(join(tmpdir(), 'windlass-state-'));
  t.teardown(() => rm(state, { recursive: true }));
  await writeFile(join(state, 'admin-token'), '');
  await t.throwsAsync(ensureSecret(state, 'admin-token', makeAdminToken), { message: /admin-token is empty: remove it/ });
});
