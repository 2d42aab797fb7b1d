import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { silentLog } from '../../../src/log.ts';
import { keys } from '../../../src/queue/keys.ts';
import { claim, nextFence } from '../../../src/queue/locks.ts';
import { connect } from '../../../src/queue/redis.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

let server: TestRedis;
test.before(async () => {
  server = await startRedis();
});
test.after.always(() => server.stop());

function open(t: { teardown(close: () => void): void }) {
  const redis = connect(server.url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  return redis;
}

const wish = (key: string, holder: string, ttlMs = 15_000) => ({ key, holder, ttlMs, what: 'the controller', log: silentLog });

test('a lock has one holder, until it is released', async (t) => {
  const redis = open(t);
  const lock = await claim(redis, wish(keys.agent('one'), 'ada'));
  t.like(await t.throwsAsync(claim(redis, wish(keys.agent('one'), 'bob')), { message: /holder ada/ }), { code: 'locked' });
  t.like(await t.throwsAsync(claim(redis, wish(keys.agent('one'), 'ad'))), { code: 'locked' });
  await lock.release();
  await (await claim(redis, wish(keys.agent('one'), 'bob'))).release();
});

test('the same holder takes its own lock over, and the one before notices', async (t) => {
  const redis = open(t);
  const before = await claim(redis, wish(keys.controller, 'ada', 300));
  const after = await claim(redis, wish(keys.controller, 'ada', 300));
  if (!before.lost.aborted) await once(before.lost, 'abort');
  await before.release();
  t.is(await redis.exists(keys.controller), 1);
  t.false(after.lost.aborted);
  await after.release();
});

test('a lock is renewed while it is held, and taken again after it ran out unseen', async (t) => {
  const redis = open(t);
  const lock = await claim(redis, wish(keys.agent('two'), 'ada', 300));
  t.teardown(() => lock.release());
  await sleep(700);
  t.is(await redis.exists(keys.agent('two')), 1);
  await redis.del(keys.agent('two'));
  while (!(await redis.exists(keys.agent('two')))) await sleep(20);
  t.false(lock.lost.aborted);
});

test('fences only rise, also when the counter is lost', async (t) => {
  const redis = open(t);
  const fences = [];
  for (let n = 0; n < 200; n++) fences.push(await nextFence(redis));
  await sleep(300);
  await redis.del(keys.fence);
  fences.push(await nextFence(redis));
  t.deepEqual(
    fences,
    [...new Set(fences)].sort((a, b) => a - b),
  );
  t.true(fences.every(Number.isSafeInteger));
});
