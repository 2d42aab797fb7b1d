import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { type ConsumeDependencies, consume } from '../../../src/queue/consume.ts';
import { attachToChild, spawnServer } from '../../../src/queue/embedded-server.ts';
import { jobSchemas, type Payload } from '../../../src/queue/jobs.ts';
import { connect } from '../../../src/queue/redis.ts';
import { startSweeper } from '../../../src/queue/sweeper.ts';
import { type AppTarget, appTarget } from '../../../src/queue/targets.ts';
import { untilSettled } from '../../../src/queue/until-settled.ts';
import { createWakeups } from '../../../src/queue/wakeups.ts';
import { createWanted } from '../../../src/queue/wanted.ts';
import { startRedis } from '../../support/redis.ts';

const shop = appTarget('staging', 'shop');

async function setUp(t: ExecutionContext) {
  const server = await startRedis();
  const producer = connect(server.url, 'producer', silentLog);
  const worker = connect(server.url, 'worker', silentLog);
  const wakeups = createWakeups({ redis: producer, log: silentLog });
  const closers: (() => unknown)[] = [];
  t.teardown(async () => {
    for (const close of closers) await close();
    await wakeups.close();
    producer.disconnect();
    worker.disconnect();
    await server.stop();
  });
  const deploy = (
    handler: ConsumeDependencies<Payload<'deployments'>>['handler'],
    options: { readonly concurrency?: number; readonly signal?: AbortSignal } = {},
  ) => {
    const consumer = consume({
      redis: worker,
      queue: 'deployments',
      schema: jobSchemas.deployments,
      handler,
      concurrency: 8,
      log: silentLog,
      ...options,
    });
    closers.push(() => consumer.close(0));
    return consumer;
  };
  return { server, producer, worker, wakeups, wanted: createWanted(worker), deploy, closers };
}

async function until(what: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await what()); ) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
}

test('wake-ups during a run lead to one more run, by the job alone', async (t) => {
  const { wakeups, deploy } = await setUp(t);
  let runs = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  deploy(async () => {
    runs++;
    if (runs === 1) await held;
  });
  await wakeups.wake('deployments', shop, { target: shop });
  await until(() => runs === 1);
  for (let n = 0; n < 20; n++) await wakeups.wake('deployments', shop, { target: shop });
  release();
  await until(() => runs === 2);
  await until(async () => (await wakeups.counts('deployments')).active === 0);
  t.is(runs, 2);
});

test('what is raised during a run is handled by another one, without any wake-up', async (t) => {
  const { wakeups, wanted, deploy } = await setUp(t);
  const seen: number[] = [];
  deploy(({ target }, context) =>
    untilSettled(
      wanted,
      target,
      async ({ generation }) => {
        seen.push(generation);
        if (generation === 1) {
          await wanted.raise(target, { trigger: 'push' });
          await wanted.raise(target, { trigger: 'push' });
        }
      },
      context,
    ),
  );
  await wanted.raise(shop, { trigger: 'push' });
  await wakeups.wake('deployments', shop, { target: shop });
  await until(async () => (await wanted.unsettled()).length === 0);
  t.deepEqual(seen, [1, 3]);
});

test('the sweeper wakes what nobody woke', async (t) => {
  const { wakeups, wanted, deploy, closers } = await setUp(t);
  deploy(({ target }, context) => untilSettled(wanted, target, async () => {}, context));
  await wanted.raise(shop, { trigger: 'push' });
  const wake = (target: string) => wakeups.wake('deployments', target, { target: target as AppTarget }, { patient: true });
  const sweeper = startSweeper({ wanted, wake, intervalMs: 50, log: silentLog });
  closers.push(() => sweeper.stop());
  await until(async () => (await wanted.unsettled()).length === 0);
  t.pass();
});

test('different targets run side by side, the same one never twice at once', async (t) => {
  const { wakeups, deploy } = await setUp(t);
  const running = new Map<string, number>();
  let most = 0;
  let same = 0;
  let ended = 0;
  deploy(async ({ target }) => {
    running.set(target, (running.get(target) ?? 0) + 1);
    most = Math.max(most, running.size);
    same = Math.max(same, running.get(target) ?? 0);
    await sleep(60);
    running.delete(target);
    ended++;
  });
  const targets = Array.from({ length: 6 }, (_, n) => appTarget('staging', `a${n}`));
  for (let round = 0; round < 5; round++) {
    await Promise.all(targets.map((target) => wakeups.wake('deployments', target, { target })));
    await sleep(20);
  }
  await until(async () => ended >= 6 && (await wakeups.counts('deployments')).waiting === 0 && running.size === 0);
  t.true(most > 1);
  t.is(same, 1);
});

test('a permanent failure ends the job, another one is tried again, and a wake-up does not wait for its pause', async (t) => {
  const { wakeups, wanted, deploy } = await setUp(t);
  const errors: Error[] = [new WindlassError('git', 'away', { permanent: false }), new Error('odd'), new WindlassError('build', 'wrong')];
  let runs = 0;
  deploy(({ target }, context) =>
    untilSettled(
      wanted,
      target,
      async () => {
        const error = errors[runs++];
        if (error) throw error;
      },
      context,
    ),
  );
  await wanted.raise(shop, { trigger: 'push' });
  await wakeups.wake('deployments', shop, { target: shop });
  await until(async () => (await wakeups.counts('deployments')).delayed === 1);
  t.is(runs, 1);
  await wakeups.wake('deployments', shop, { target: shop }, { patient: true });
  t.is((await wakeups.counts('deployments')).delayed, 1);
  await wakeups.wake('deployments', shop, { target: shop });
  await until(() => runs === 2);
  t.is((await wanted.read(shop)).handled, 0);
  await until(async () => (await wanted.unsettled()).length === 0);
  t.is(runs, 3);
});

test('after an outage of three seconds consumers go on by themselves', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-outage-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const place = { directory, socket: join(directory, 'redis.sock') };
  const start = async () => {
    const child = spawnServer('redis-server', place);
    const { connection } = await attachToChild(child, place);
    connection.disconnect();
    return child;
  };
  const first = await start();
  const producer = connect(`unix://${place.socket}`, 'producer', silentLog);
  const worker = connect(`unix://${place.socket}`, 'worker', silentLog);
  const wakeups = createWakeups({ redis: producer, log: silentLog });
  const seen: string[] = [];
  const handler = async ({ target }: { readonly target: string }) => void seen.push(target);
  const consumer = consume({
    redis: worker,
    queue: 'deployments',
    schema: jobSchemas.deployments,
    handler,
    concurrency: 8,
    log: silentLog,
  });
  await wakeups.wake('deployments', shop, { target: shop });
  await until(() => seen.length === 1);
  first.kill('SIGKILL');
  await once(first, 'exit');
  await sleep(3_000);
  t.like(await t.throwsAsync(wakeups.wake('deployments', shop, { target: shop })), { code: 'redis', permanent: false });
  const second = await start();
  const blog = appTarget('staging', 'blog');
  await until(() =>
    wakeups.wake('deployments', blog, { target: blog }).then(
      () => true,
      () => false,
    ),
  );
  await until(() => seen.includes(blog));
  await consumer.close(0);
  await wakeups.close();
  producer.disconnect();
  worker.disconnect();
  second.kill('SIGKILL');
  await once(second, 'exit');
});

test('closing waits for a run, and aborts one that takes longer than the grace', async (t) => {
  const { wakeups, deploy } = await setUp(t);
  let reason: unknown;
  let began = false;
  const consumer = deploy(async (_payload, { signal }) => {
    began = true;
    await sleep(60_000, undefined, { signal }).catch(() => {});
    reason = signal.reason;
  });
  await wakeups.wake('deployments', shop, { target: shop });
  await until(() => began);
  await consumer.close(50);
  t.is(reason, 'windlass stops');
});

test('a run that was aborted has not handled its generation', async (t) => {
  const { wakeups, wanted, deploy } = await setUp(t);
  let began = false;
  const consumer = deploy(({ target }, context) =>
    untilSettled(
      wanted,
      target,
      async () => {
        began = true;
        await sleep(60_000, undefined, { signal: context.signal }).catch(() => {});
      },
      context,
    ),
  );
  await wanted.raise(shop, { trigger: 'push' });
  await wakeups.wake('deployments', shop, { target: shop });
  await until(() => began);
  await consumer.close(0);
  t.deepEqual(await wanted.unsettled(), [shop]);
});

test('a reset queue runs nothing and swallows nothing', async (t) => {
  const { wakeups, deploy, producer } = await setUp(t);
  for (const app of ['a', 'b']) await wakeups.wake('deployments', appTarget('staging', app), { target: appTarget('staging', app) });
  await wakeups.resetQueue('deployments');
  t.deepEqual(await producer.keys('windlass:q:deployments:*'), []);
  const seen: string[] = [];
  deploy(async ({ target }) => void seen.push(target));
  await wakeups.wake('deployments', appTarget('staging', 'a'), { target: appTarget('staging', 'a') });
  await until(() => seen.length > 0);
  t.deepEqual(seen, [appTarget('staging', 'a')]);
});

test('a payload that is not what the queue takes is refused at both ends', async (t) => {
  const { wakeups, deploy, producer } = await setUp(t);
  await t.throwsAsync(wakeups.wake('deployments', 'x', { target: 'app:../x' as AppTarget }));
  await wakeups.wake('deployments', 'bad', { target: shop });
  await producer.set('windlass:payload:deployments:bad', '{"target":"no"}');
  await wakeups.wake('deployments', shop, { target: shop });
  const seen: unknown[] = [];
  deploy(async (payload) => void seen.push(payload), { concurrency: 1 });
  await until(() => seen.length > 0);
  await until(async () => Object.values(await wakeups.counts('deployments')).every((count) => count === 0));
  t.deepEqual(seen, [{ target: shop }]);
});
