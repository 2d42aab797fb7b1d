import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { needing } from '../support/needing.ts';
import { terminal } from './terminal.ts';
import { start } from './windlass.ts';

const terminalTest = needing('script', 'stty');

const noEngine = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };

async function folder(t: ExecutionContext, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-init-'));
  t.teardown(() => rm(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

const git = (directory: string, ...args: string[]): string => execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8' });

const project = {
  'shop/docker-compose.yml': [
    '# The shop.',
    'services:',
    '  web:',
    '    image: nginx',
    '    env_file: web.env',
    '    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./data:/data"]',
    '',
  ].join('\n'),
  'shop/web.env': 'A=1\n',
  'shop/.env': 'DB_PASSWORD=hush\nCOLOUR=red\n',
  'shop/nginx.conf': 'events {}\n',
  'shop/data/blob': '\0\0',
  'shop/unrelated.txt': 'stays\n',
};

const schemas = ['compose', 'environment', 'windlass'].map((name) => `.windlass/schemas/${name}.json`);

test.serial('a new repository has no mistakes and one commit', async (t) => {
  const directory = await folder(t);
  const { status, stdout } = await start([
    'init',
    join(directory, 'new'),
    '--environment',
    'staging',
    '--branch',
    'trunk',
    '--app',
    'hello',
  ]).ended;
  t.is(status, 0);
  t.deepEqual(stdout.trim().split('\n'), [
    '.gitignore',
    ...schemas,
    'apps/hello/compose.yaml',
    'apps/hello/index.html.mustache',
    'environments/staging.yaml',
    'windlass.yaml',
  ]);
  t.is(git(join(directory, 'new'), 'status', '--porcelain'), '');
  for (const file of ['windlass.yaml', 'environments/staging.yaml', 'apps/hello/compose.yaml']) {
    const path = join(directory, 'new', file);
    const [, schema = ''] = /^# yaml-language-server: \$schema=(.*)\n/.exec(await readFile(path, 'utf8')) ?? [];
    t.is(typeof JSON.parse(await readFile(join(dirname(path), schema), 'utf8')).$schema, 'string', file);
  }
  t.is(git(join(directory, 'new'), 'log', '--format=%D %s').trim(), 'HEAD -> trunk Begin with windlass');
  t.is((await start(['validate', join(directory, 'new')]).ended).stderr, 'no mistakes\n');
  await writeFile(join(directory, 'new', '.windlass/schemas/compose.json'), 'of an older version');
  t.is((await start(['init', '--schemas', join(directory, 'new')]).ended).stdout, `${schemas.join('\n')}\n`);
  t.is(git(join(directory, 'new'), 'status', '--porcelain'), '');
  t.regex((await start(['init', '--schemas', directory]).ended).stderr, /has no windlass\.yaml/);
});

test.serial('nothing is overwritten, and nothing written where something would be', async (t) => {
  const directory = await folder(t, { 'windlass.yaml': 'mine\n' });
  const { status, stderr } = await start(['init', directory]).ended;
  t.is(status, 1);
  t.regex(stderr, /nothing was written, for these are there already below .*:\nwindlass.yaml/);
  t.is(execFileSync('ls', ['-A', directory], { encoding: 'utf8' }), 'windlass.yaml\n');
});

test.serial('a folder of a Git repository gets files and no commit', async (t) => {
  const directory = await folder(t);
  git(directory, 'init', '--quiet');
  t.is((await start(['init', join(directory, 'config'), '--no-example']).ended).status, 0);
  t.regex(git(directory, 'status', '--porcelain'), /\?\? config\//);
});

test.serial('a Compose project is taken with what it needs, its file byte for byte, and what it must change is said', async (t) => {
  const directory = await folder(t, project);
  const to = join(directory, 'config');
  const { status, stdout, stderr } = await start(['init', to, '--from', join(directory, 'shop')], noEngine).ended;
  t.is(status, 1);
  t.is(await readFile(join(to, 'apps/shop/docker-compose.yml'), 'utf8'), project['shop/docker-compose.yml']);
  t.deepEqual(git(to, 'ls-files').trim().split('\n'), [
    '.gitignore',
    ...schemas,
    'apps/shop/.env',
    'apps/shop/docker-compose.yml',
    'apps/shop/web.env',
    'environments/production.yaml',
    'windlass.yaml',
  ]);
  t.regex(await readFile(join(to, 'environments/production.yaml'), 'utf8'), /^ {4}adopt: shop$/m);
  t.regex(stdout, /apps\/shop\/docker-compose.yml:6:15: services.web.volumes\[0\] binds "\.\/nginx.conf"/);
  t.regex(stderr, /2 mistakes to correct; --convert-binds corrects those of relative bind mounts/);
  t.notRegex(stderr, /on_config_change/);
  t.regex(stderr, /an editor completes .*:\n +# yaml-language-server: \$schema=\.\.\/\.\.\/\.windlass\/schemas\/compose\.json\n/);
  t.regex(stderr, /\.env holds DB_PASSWORD, which is in the repository now/);
});

test.serial('with its binds converted it has no mistakes, and what cannot be foreseen without an engine is said', async (t) => {
  const directory = await folder(t, project);
  const to = join(directory, 'config');
  const { status, stderr } = await start(['init', to, '--from', join(directory, 'shop'), '--convert-binds', '--approval'], noEngine).ended;
  t.is(status, 0, stderr);
  t.regex(
    await readFile(join(to, 'apps/shop/docker-compose.yml'), 'utf8'),
    new RegExp(`- ${directory}/shop/data:/data|"${directory}/shop/data:/data"`),
  );
  t.is(await readFile(join(to, 'apps/shop/nginx.conf'), 'utf8'), 'events {}\n');
  t.regex(await readFile(join(to, 'windlass.yaml'), 'utf8'), /approval: required/);
  t.regex(stderr, /what the first deployment will do cannot be told/);
  t.regex(stderr, / web:\n +x-windlass:\n +on_config_change:\n +configs: \[nginx\.conf\]/);
  t.is((await start(['validate', to]).ended).stderr, 'no mistakes\n');
});

const built = {
  'api/compose.yaml': [
    'services:',
    '  api: { build: ., env_file: prod.env, environment: { DATABASE_URL: "postgres://u:pw@db/x" }, secrets: [pw] }',
    'secrets: { pw: { file: ./pw.txt } }',
    '',
  ].join('\n'),
  'api/Dockerfile': 'FROM busybox\n',
  'api/.dockerignore': 'Dockerfile\nREADME.md\n',
  'api/README.md': 'for people\n',
  'api/index.js': '1\n',
  'api/debug.log': 'noise\n',
  'api/node_modules/x/index.js': '2\n',
  'api/prod.env': 'DB_PASSWORD=hush\n',
  'api/pw.txt': 'hush\n',
};

test.serial('of a project that is built from its own folder only what belongs to it is taken, and its secrets are named', async (t) => {
  const directory = await folder(t, built);
  const from = join(directory, 'api');
  const taken = async (to: string) => {
    const { status, stderr } = await start(['init', join(directory, to), '--from', from], noEngine).ended;
    t.is(status, 0, stderr);
    const paths = git(join(directory, to), 'ls-files', 'apps').trim().split('\n');
    return { stderr, paths: paths.map((path) => path.slice('apps/api/'.length)) };
  };
  const plain = await taken('plain');
  t.deepEqual(plain.paths, ['.dockerignore', 'Dockerfile', 'compose.yaml', 'debug.log', 'index.js', 'prod.env']);
  t.regex(
    plain.stderr,
    /the secret pw is in \.\/pw\.txt, which was not copied: put it into WINDLASS_SECRETS_DIR as pw, here by: install -D -m 600 \S+\/api\/pw\.txt \S+\/secrets\/pw\n/,
  );
  t.regex(plain.stderr, /prod\.env holds DB_PASSWORD, which is in the repository now/);
  t.regex(plain.stderr, /compose\.yaml holds DATABASE_URL of api, which is in the repository now/);
  t.notRegex(plain.stderr, /hush|u:pw/);
  git(from, 'init', '--quiet');
  await writeFile(join(from, '.gitignore'), '*.log\nprod.env\n');
  t.deepEqual((await taken('tracked')).paths, ['.dockerignore', '.gitignore', 'Dockerfile', 'compose.yaml', 'index.js', 'prod.env']);
});

test.serial('what cannot be a Compose project, a folder, a branch or a policy is refused before anything is written', async (t) => {
  const directory = await folder(t, { 'empty/README': '' });
  const refused = async (...args: string[]) => (await start(['init', join(directory, 'new'), ...args]).ended).stderr;
  t.regex(await refused('--from', join(directory, 'empty')), /has no compose.yaml, compose.yml/);
  t.regex(await refused('--from', join(directory, 'nowhere')), /there is no folder/);
  t.regex(await refused('--branch', 'a..b'), /is no name of a branch/);
  t.regex(await refused('--policy', 'sometimes'), /mutable or immutable/);
  t.regex(await refused('--app', '../x'), /lower-case letters/);
  await t.throwsAsync(readFile(join(directory, 'new', 'windlass.yaml')));
});

terminalTest('on a terminal it asks what was not given, and again where the answer will not do', async (t) => {
  const directory = await folder(t);
  const asking = await terminal(t, ['init', join(directory, 'new'), '--branch', 'main'], () => {});
  await asking.shows('environment [production]');
  asking.type('staging\rUPPER\r\r\rno\r');
  t.is(await asking.ended, 0);
  t.regex(asking.screen(), /an application's name has lower-case letters/);
  t.is(
    git(join(directory, 'new'), 'ls-files'),
    `${['.gitignore', ...schemas, 'apps/hello/compose.yaml', 'environments/staging.yaml', 'windlass.yaml'].join('\n')}\n`,
  );
});
