import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import express from 'express';
import { WindlassError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { Secret } from '../../../src/secret.ts';
import { createWebhookDoor, type Delivery } from '../../../src/webhooks/door.ts';
import { installPostReceive } from '../../../src/webhooks/post-receive.ts';
import { createRepository, git } from '../../support/git-server.ts';
import { standardSecret } from '../../support/webhook-sender.ts';

async function repository(t: ExecutionContext) {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-hook-'));
  // The hook's background process writes there until it sees that it is gone.
  t.teardown(() => rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return createRepository(directory, 'config');
}

/** The real door on a port that is known before it listens. */
function receiver(secret = standardSecret) {
  const deliveries: Delivery[] = [];
  const statuses: number[] = [];
  const seen = new Set<string>();
  const app = express();
  const door = createWebhookDoor({
    sources: () => [{ name: 'config', provider: 'standard', secrets: [new Secret(secret)] }],
    accept: async (delivery) => {
      if (seen.has(delivery.id)) return 'seen';
      seen.add(delivery.id);
      deliveries.push(delivery);
      return 'accepted';
    },
    watched: () => ['staging'],
    log: silentLog,
    now: Date.now,
    metrics: { webhookRequest: (_, answer) => void statuses.push(answer) },
  });
  app.use('/hooks', door);
  return { deliveries, statuses, server: createServer(app) };
}

async function listen(t: ExecutionContext, server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  t.teardown(() => close(server));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await sleep(20);
};
const spooled = async (bare: string) => (await readdir(join(bare, 'windlass-spool'))).filter((name) => name.startsWith('hook_'));
const install = (directory: string, url: string, secret = standardSecret) =>
  installPostReceive({ directory, url, source: 'config', secret: new Secret(secret) });

for (const [what, secret] of [
  ['a whsec_ secret', standardSecret],
  ['a plain secret', 'any text at all'],
  ['a secret longer than a block', 'x'.repeat(100)],
] as const) {
  test(`a real push reaches the door, signed with ${what}`, async (t) => {
    const { bare, push } = await repository(t);
    const { deliveries, statuses, server } = receiver(secret);
    await install(bare, await listen(t, server), secret);
    await push({ a: '1' });
    await until(() => statuses.length > 0);
    t.deepEqual(statuses, [202]);
    t.like(deliveries[0], { source: 'config', branches: ['main'] });
    await until(async () => (await spooled(bare)).length === 0);
  });
}

test('a name that is not plain is a delivery of its own, tags are none, and quotes stay quotes', async (t) => {
  const { bare, git: run } = await repository(t);
  const { deliveries, server } = receiver();
  await install(bare, await listen(t, server));
  await run('tag', 'v1');
  await run('push', '-q', 'origin', 'HEAD:refs/heads/release', `HEAD:refs/heads/a"b'$(c)`, 'v1', ':refs/heads/main').catch(() => {});
  await until(() => deliveries.length === 2);
  t.deepEqual(deliveries.flatMap(({ branches }) => branches).sort(), [`a"b'$(c)`, 'release']);
});

test('a thousand and one branches of one push are told in two requests once windlass is back', async (t) => {
  const { bare, git: run } = await repository(t);
  const { deliveries, server } = receiver();
  const url = await listen(t, server);
  await close(server);
  await install(bare, url);
  const branches = Array.from({ length: 1_001 }, (_, i) => `topic/${i}`);
  const head = await run('rev-parse', 'HEAD');
  await writeFile(join(bare, '..', 'refs'), branches.map((name) => `create refs/heads/${name} ${head}\n`).join(''));
  await promisify(execFile)('sh', ['-c', 'git update-ref --stdin <../refs'], { cwd: join(bare, '..', 'config') });
  await run('push', '-q', 'origin', 'refs/heads/topic/*');
  t.is((await spooled(bare)).length, 2);
  await listen(t, server, Number(new URL(url).port));
  await until(() => deliveries.length === 2);
  t.deepEqual(deliveries.flatMap((delivery) => delivery.branches).sort(), branches.sort());
});

test('a push does not wait for a receiver that never answers', async (t) => {
  const { bare, push } = await repository(t);
  let answered = false;
  const asked: (() => void)[] = [];
  const server = createServer((_, response) => {
    asked.push(() => void response.end());
  });
  await install(bare, await listen(t, server));
  await push({ a: '1' });
  await push({ a: '2' });
  t.false(answered);
  await until(() => asked.length > 0);
  t.is((await spooled(bare)).length, 2);
  answered = true;
  for (const answer of asked) answer();
});

test('what was pushed while windlass was down is delivered when it is back', async (t) => {
  const { bare, push } = await repository(t);
  const free = createServer();
  const url = await listen(t, free);
  await close(free);
  await install(bare, url);
  await push({ a: '1' });
  await push({ a: '2' });
  await until(async () => /HTTP 000/.test(await readFile(join(bare, 'windlass-spool', 'last-error'), 'utf8').catch(() => '')));
  t.is((await spooled(bare)).length, 2);
  const { deliveries, server } = receiver();
  await listen(t, server, Number(new URL(url).port));
  await until(() => deliveries.length === 2);
  await until(async () => (await spooled(bare)).length === 0);
  t.is(new Set(deliveries.map(({ id }) => id)).size, 2);
});

test('a delivery that is refused for now is sent again with the same id', async (t) => {
  const { bare, push } = await repository(t);
  const ids: unknown[] = [];
  const server = createServer((request, response) => {
    ids.push(request.headers['webhook-id']);
    response.writeHead(ids.length < 3 ? 503 : 202).end();
  });
  await install(bare, await listen(t, server));
  await push({ a: '1' });
  await until(async () => ids.length === 3 && (await spooled(bare)).length === 0);
  t.is(new Set(ids).size, 1);
});

test('the next push delivers what a killed background process left behind', async (t) => {
  const { bare, push } = await repository(t);
  const { deliveries, server } = receiver();
  await install(bare, await listen(t, server));
  await promisify(execFile)('sh', ['-c', "mkdir windlass-spool/lock; sh -c 'echo $$' >windlass-spool/lock/pid"], { cwd: bare });
  const left = JSON.stringify({ ref: 'refs/heads/left', before: '0'.repeat(40), after: 'a'.repeat(40) });
  await writeFile(join(bare, 'windlass-spool', 'hook_1_1-10001'), left);
  await push({ a: '1' });
  await until(() => deliveries.length === 2);
  t.deepEqual(deliveries.map(({ branches }) => branches[0]).sort(), ['left', 'main']);
});

test('the secret is for the owner alone and in no argument or script', async (t) => {
  const { bare } = await repository(t);
  const hook = await install(bare, 'http://127.0.0.1:1', 'the-plain-secret');
  t.is((await stat(join(bare, 'windlass-hook-secret'))).mode & 0o777, 0o600);
  t.is((await stat(join(bare, 'windlass-spool'))).mode & 0o777, 0o700);
  t.is((await stat(hook)).mode & 0o777, 0o755);
  t.false((await readFile(hook, 'utf8')).includes('the-plain-secret'));
});

test('a shared repository lets its group sign and spool', async (t) => {
  const { bare } = await repository(t);
  await git(bare, 'init', '-q', '--bare', '--shared=group', '../shared.git');
  const shared = join(bare, '..', 'shared.git');
  await install(shared, 'http://127.0.0.1:1');
  t.is((await stat(join(shared, 'windlass-hook-secret'))).mode & 0o777, 0o640);
  t.is((await stat(join(shared, 'windlass-spool'))).mode & 0o7777, 0o2770);
});

test("windlass's own hook is replaced, anybody else's is kept", async (t) => {
  const { bare } = await repository(t);
  const hook = await install(bare, 'http://127.0.0.1:1');
  await install(bare, 'http://127.0.0.1:2');
  t.regex(await readFile(hook, 'utf8'), /url='http:\/\/127\.0\.0\.1:2\/hooks\/config'/);
  await writeFile(hook, '#!/bin/sh\nmail -s pushed ops\n');
  const error = await t.throwsAsync(install(bare, 'http://127.0.0.1:1'), { instanceOf: WindlassError });
  t.is(error?.message, `${hook} is another program's: move it away, install again, and call it from there`);
  t.is(await readFile(hook, 'utf8'), '#!/bin/sh\nmail -s pushed ops\n');
});

test('what would not work is refused before anything is written', async (t) => {
  const { bare, work } = await repository(t);
  await t.throwsAsync(install(join(work, 'none'), 'http://127.0.0.1:1'), { message: /is no Git repository of this machine/ });
  await t.throwsAsync(install(bare, "http://127.0.0.1/'; id; '"), { message: /WINDLASS_URL must be plain/ });
  await git(bare, 'config', 'core.hooksPath', '/etc/hooks');
  await t.throwsAsync(install(bare, 'http://127.0.0.1:1'), { message: /core\.hooksPath/ });
  t.false((await readdir(bare)).includes('windlass-hook-secret'));
});
