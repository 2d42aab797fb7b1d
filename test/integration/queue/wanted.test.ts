import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { silentLog } from '../../../src/log.ts';
import { type Trigger, triggers } from '../../../src/model/deployment.ts';
import { connect } from '../../../src/queue/redis.ts';
import { appTarget, sourceTarget, type Target } from '../../../src/queue/targets.ts';
import { createWanted } from '../../../src/queue/wanted.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

let server: TestRedis;
test.before(async () => {
  server = await startRedis();
});
test.after.always(() => server.stop());

function open(t: ExecutionContext) {
  const redis = connect(server.url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  return redis;
}

test('a target that was never raised is at 0 and settling it makes nothing', async (t) => {
  const redis = open(t);
  const wanted = createWanted(redis);
  const target = appTarget('staging', 'never');
  await wanted.settle(target, 5);
  t.like(await wanted.read(target), { generation: 0, handled: 0, forced: false });
  t.false((await wanted.unsettled()).includes(target));
});

test('a push names the cause, not the discovery after it, until it has been handled', async (t) => {
  const redis = open(t);
  const wanted = createWanted(redis);
  const target = appTarget('staging', 'cause');
  const first = await wanted.raise(target, { trigger: 'push' });
  await wanted.raise(target, { trigger: 'discovery' });
  t.is((await wanted.read(target)).trigger, 'push');
  await wanted.settle(target, first);
  t.like(await wanted.read(target), { trigger: 'discovery', generation: 2, handled: 1 });
});

test('what was raised while a run was on its way stays unsettled', async (t) => {
  const redis = open(t);
  const wanted = createWanted(redis);
  const target = sourceTarget('meanwhile');
  const seen = await wanted.raise(target, { trigger: 'push', forced: true });
  await wanted.raise(target, { trigger: 'push' });
  await wanted.settle(target, seen);
  t.true((await wanted.unsettled()).includes(target));
  t.false((await wanted.read(target)).forced);
  await wanted.settle(target, 2);
  t.false((await wanted.unsettled()).includes(target));
});

test('a forgotten target is not listed and not unsettled', async (t) => {
  const redis = open(t);
  const wanted = createWanted(redis);
  const target = appTarget('staging', 'gone');
  await wanted.raise(target, { trigger: 'push' });
  await wanted.forget(target);
  t.false((await wanted.list()).some((record) => record.target === target));
  t.false((await wanted.unsettled()).includes(target));
});

type Command = { readonly raise: Trigger; readonly forced: boolean } | { readonly settle: number };

const command = fc.oneof(
  fc.record({ raise: fc.constantFrom(...triggers), forced: fc.boolean() }),
  fc.record({ settle: fc.integer({ min: 0, max: 12 }) }),
);

test('generations only rise, handled never falls nor overtakes, and unsettled is exactly what lies between', async (t) => {
  const redis = open(t);
  const wanted = createWanted(redis);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands: readonly Command[]) => {
      const target: Target = appTarget('law', `a${run++}`);
      const raises: { readonly raise: Trigger; readonly forced: boolean }[] = [];
      let handled = 0;
      for (const one of commands) {
        if ('raise' in one) {
          raises.push(one);
          t.is(await wanted.raise(target, { trigger: one.raise, forced: one.forced }), raises.length);
        } else {
          await wanted.settle(target, one.settle);
          handled = Math.max(handled, Math.min(one.settle, raises.length));
        }
        const record = await wanted.read(target);
        const open = raises.slice(handled);
        t.like(record, { generation: raises.length, handled, forced: open.some(({ forced }) => forced) });
        t.is((await wanted.unsettled()).includes(target), open.length > 0);
        if (open.length > 0) t.true(open.some(({ raise }) => raise === record.trigger));
        if (open.some(({ raise }) => raise === 'push')) t.not(record.trigger, 'discovery');
      }
    }),
    { numRuns: 40 },
  );
});
