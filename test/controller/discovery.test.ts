import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createDiscovery } from '../../src/controller/discovery.ts';
import { silentLog } from '../../src/log.ts';

function start(settle: { minMs: number; maxMs: number }) {
  const raised: string[] = [];
  const clock = { now: 0 };
  const discovery = createDiscovery({
    targets: () => [
      { environment: 'staging', app: 'shop' },
      { environment: 'staging', app: 'blog' },
    ],
    settle: async () => settle,
    raise: async (_, app, again) => void raised.push(again ? `${app} again` : app),
    now: () => clock.now,
    log: silentLog,
  });
  return { raised, clock, discovery };
}

test('a storm of changes is one plan for each application, made after the last of them', async (t) => {
  const { raised, discovery } = start({ minMs: 30, maxMs: 60_000 });
  for (let n = 0; n < 200; n++) discovery.changed();
  await sleep(0);
  t.deepEqual(raised, []);
  await sleep(300);
  t.deepEqual(raised.sort(), ['blog', 'shop']);
});

test('a reminder counts, whatever else is told before and after it', async (t) => {
  const { raised, discovery } = start({ minMs: 30, maxMs: 60_000 });
  for (const again of [false, true, false]) discovery.changed(again);
  while (raised.length < 2) await sleep(10);
  t.deepEqual(raised.sort(), ['blog again', 'shop again']);
});

test('a storm that does not end is not waited out', async (t) => {
  const { raised, clock, discovery } = start({ minMs: 60_000, maxMs: 30_000 });
  discovery.changed();
  await sleep(0);
  clock.now = 30_000;
  discovery.changed();
  await sleep(100);
  t.deepEqual(raised.sort(), ['blog', 'shop']);
});

test('what has been closed raises nothing', async (t) => {
  const { raised, discovery } = start({ minMs: 10, maxMs: 10 });
  discovery.changed();
  await sleep(0);
  discovery.close();
  await sleep(100);
  t.deepEqual(raised, []);
});

test('what could not be queued is tried again', async (t) => {
  let tries = 0;
  await new Promise<void>((resolve) => {
    const discovery = createDiscovery({
      targets: () => [{ environment: 'staging', app: 'shop' }],
      settle: async () => ({ minMs: 0, maxMs: 0 }),
      raise: async () => {
        tries += 1;
        if (tries === 1) throw new Error('Redis is away');
        resolve();
      },
      now: () => 0,
      log: silentLog,
    });
    discovery.changed();
  });
  t.is(tries, 2);
});
