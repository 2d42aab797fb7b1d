import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { WindlassError } from '../../src/errors.ts';
import { adminToken, serve } from '../api/serve.ts';
import { door, start } from './windlass.ts';

const wrongUse = (...args: readonly string[]) =>
  test.serial(`"windlass ${args.join(' ')}" is wrong use`, async (t) => {
    const { status, stdout, stderr } = await start(args).ended;
    t.is(status, 2);
    t.is(stdout, '');
    t.not(stderr, '');
  });
wrongUse();
wrongUse('stauts');
wrongUse('plan');
wrongUse('plan', '../etc');
wrongUse('status', '--yaml');
wrongUse('status', 'staging');
wrongUse('logs', 'staging/shop');
wrongUse('render', 'a/b/c/d');
wrongUse('history', '--limit', '0');
wrongUse('logs', 'staging/shop/web', '-f', '--json');

test.serial('help and version are data', async (t) => {
  const help = await start(['--help']).ended;
  t.is(help.status, 0);
  t.true(help.stdout.includes('Usage: windlass'));
  t.deepEqual(await start(['--version']).ended, { status: 0, stdout: '0.1.0\n', stderr: '' });
});

for (const command of ['up', 'controller']) {
  test.serial(`"windlass ${command}" without a repository does not start`, async (t) => {
    t.deepEqual(await start([command]).ended, {
      status: 1,
      stdout: '',
      stderr: 'windlass: WINDLASS_REPOSITORY is not set: give it the URL or the path of the config repository\n',
    });
  });
}

test.serial('an unknown name is a failure in one line', async (t) => {
  const { run } = await door(t);
  const unknown = await run('plan', 'production');
  t.deepEqual(unknown, { status: 1, stdout: '', stderr: 'windlass: there is no environment production: there is staging\n' });
  t.is((await run('show', 'd-9')).status, 1);
  t.is((await run('deploy', 'staging', '--app', 'blog')).status, 1);
});

test.serial('a wrong token says where the right one is', async (t) => {
  const { url } = await serve(t);
  const { status, stderr } = await start(['status'], { WINDLASS_URL: url, WINDLASS_ADMIN_TOKEN: 'not-the-token-of-this-test' }).ended;
  t.is(status, 1);
  t.is(stderr, 'windlass: the token is wrong: windlass token shows it on the controller; give it as WINDLASS_ADMIN_TOKEN\n');
});

test.serial('without a token the settings are named that give one', async (t) => {
  const { status, stderr } = await start(['status']).ended;
  t.is(status, 1);
  t.true(stderr.includes('WINDLASS_ADMIN_TOKEN'));
  t.true(stderr.includes('WINDLASS_STATE_DIR'));
});

test.serial('the token that the controller keeps in the state directory is found', async (t) => {
  const { url } = await serve(t);
  const directory = await mkdtemp(join(tmpdir(), 'windlass-cli-'));
  t.teardown(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'admin-token'), `${adminToken}\n`);
  const { status } = await start(['status'], { WINDLASS_URL: url, WINDLASS_STATE_DIR: directory }).ended;
  t.is(status, 0);
});

test.serial('a controller that does not answer: what to do is said', async (t) => {
  const { url, close } = await serve(t);
  await close();
  const { status, stderr } = await start(['status'], { WINDLASS_URL: url, WINDLASS_ADMIN_TOKEN: adminToken }).ended;
  t.is(status, 1);
  t.is(
    stderr,
    `windlass: the controller does not answer at ${url} (ECONNREFUSED): start it with "windlass up", or set WINDLASS_URL to where it runs\n`,
  );
});

test.serial('something else at the URL is recognised', async (t) => {
  const server = createServer((_request, response) => void response.end('<html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const { status, stderr } = await start(['status'], { WINDLASS_URL: url, WINDLASS_ADMIN_TOKEN: adminToken }).ended;
  t.is(status, 1);
  t.true(stderr.includes('no windlass controller'));
});

test.serial('a log that the controller breaks off is a failure in one line', async (t) => {
  const { start: begin, memory, close } = await door(t);
  const running = begin('logs', 'staging/shop/web', '-f');
  await running.says('one');
  t.is(memory.asked.length, 1);
  await close();
  const { status, stderr } = await running.ended;
  t.is(status, 1);
  t.regex(stderr, /^windlass: the controller at \S+ broke off: .*\n$/);
});

test.serial("a repository's mistakes are given line by line", async (t) => {
  const { run, memory } = await door(t);
  memory.failure = new WindlassError('repository', 'the repository has 2 mistakes', { output: 'a.yaml:1:2: wrong\nb.yaml:3:4: wrong too' });
  const { status, stderr } = await run('status');
  t.is(status, 1);
  t.is(stderr, 'windlass: the repository has 2 mistakes\na.yaml:1:2: wrong\nb.yaml:3:4: wrong too\n');
});

test.serial('a reader who has seen enough is no failure', async (t) => {
  const { start: begin, memory } = await door(t);
  memory.logs.set(
    'd-1',
    Array.from({ length: 20_000 }, (_, index) => ({ at: '2026-08-20T10:00:01.000Z', step: 'web:latest', line: `line ${index}` })),
  );
  const running = begin('show', 'd-1');
  await running.says('d-1');
  running.child.stdout?.destroy();
  const { status, stderr } = await running.ended;
  t.is(status, 0);
  t.is(stderr, '');
});
