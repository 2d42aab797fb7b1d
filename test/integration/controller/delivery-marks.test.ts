import test, { type ExecutionContext } from 'ava';
import { createDeliveryMarks } from '../../../src/controller/delivery-marks.ts';
import { silentLog } from '../../../src/log.ts';
import { acceptDelivery, readDelivery } from '../../../src/queue/deliveries.ts';
import { createPushes } from '../../../src/queue/pushes.ts';
import { connect } from '../../../src/queue/redis.ts';
import { sourceTarget } from '../../../src/queue/targets.ts';
import { createWanted } from '../../../src/queue/wanted.ts';
import type { EnvironmentState } from '../../../src/workers/environment-state.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

let server: TestRedis;
test.before(async () => {
  server = await startRedis();
});
test.after.always(() => server.stop());
test.beforeEach(async () => {
  const redis = connect(server.url, 'worker', silentLog);
  await redis.flushall();
  redis.disconnect();
});

/** A repository with these environments, and what a delivery goes through. */
function setUp(t: ExecutionContext, names: readonly string[], problem?: string) {
  const redis = connect(server.url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  const wanted = createWanted(redis);
  const pushes = createPushes(redis);
  let declared = names;
  const root = { environments: [], hosts: [], sources: [] };
  const marks = createDeliveryMarks(redis, wanted, {
    root: () => root,
    all: () => declared.map((name) => ({ environment: { name } }) as EnvironmentState),
    problem: () => problem,
  });
  const settle = async (environment: string, outcome: 'failed' | 'deployed') =>
    marks.settled(environment, await pushes.list(environment), outcome);
  return {
    accept: (id: string) => acceptDelivery(redis, { source: 'config', id, now: 1 }),
    move: async (id: string, environments: readonly string[], revision = id) => {
      for (const environment of environments)
        await pushes.open(environment, { revision, pushes: [{ id, at: 1 }], source: 'config', forced: true });
    },
    fetched: async () => {
      const { generation } = await wanted.read(sourceTarget('config'));
      await wanted.settle(sourceTarget('config'), generation);
      await marks.fetched('config');
    },
    unfetched: async () => {
      const { generation } = await wanted.read(sourceTarget('config'));
      await marks.unfetched('config', generation);
      await wanted.settle(sourceTarget('config'), generation);
    },
    settle,
    declare: (now: readonly string[]) => {
      declared = now;
    },
    state: async (id: string) => (await readDelivery(redis, 'config', id))?.state,
  };
}

test.serial('a delivery is marked when the last of the environments that it moved has settled', async (t) => {
  const { accept, move, fetched, settle, state } = setUp(t, ['staging', 'production', 'other']);
  await accept('one');
  await move('one', ['staging', 'production']);
  await fetched();
  await settle('other', 'failed');
  await settle('staging', 'deployed');
  t.is(await state('one'), 'accepted');
  t.is(await accept('one'), 'seen');
  await settle('production', 'deployed');
  t.is(await state('one'), 'deployed');
});

test.serial(
  'a delivery that failed in one environment has failed, whichever settles last, and begins anew when it is sent again',
  async (t) => {
    const { accept, move, fetched, settle, state } = setUp(t, ['staging', 'production']);
    await accept('one');
    await move('one', ['staging', 'production']);
    await fetched();
    await settle('staging', 'failed');
    t.is(await state('one'), 'accepted');
    await settle('production', 'deployed');
    t.is(await state('one'), 'failed');
    t.is(await accept('one'), 'accepted');
    await move('one', ['staging', 'production'], 'again');
    await fetched();
    await settle('staging', 'deployed');
    await settle('production', 'deployed');
    t.is(await state('one'), 'deployed');
  },
);

test.serial('an environment that settles before the fetch has named the others marks nothing', async (t) => {
  const { accept, move, fetched, settle, state } = setUp(t, ['staging', 'production']);
  await accept('one');
  await move('one', ['staging']);
  await settle('staging', 'failed');
  t.is(await state('one'), 'accepted');
  await move('one', ['production']);
  await fetched();
  t.is(await state('one'), 'accepted');
  await settle('production', 'deployed');
  t.is(await state('one'), 'failed');
});

test.serial('one that failed after a freeze was taken off may be sent again', async (t) => {
  const { accept, move, fetched, settle, state } = setUp(t, ['staging']);
  await accept('one');
  await move('one', ['staging']);
  await fetched();
  // Held: nothing has gone wrong with it, and its push stays open.
  await settle('staging', 'deployed');
  t.is(await state('one'), 'deployed');
  await settle('staging', 'failed');
  t.is(await accept('one'), 'accepted');
});

test.serial('an environment that is declared no more is not waited for', async (t) => {
  const { accept, move, fetched, settle, declare, state } = setUp(t, ['staging', 'production']);
  await accept('one');
  await move('one', ['staging', 'production']);
  await fetched();
  declare(['staging']);
  await settle('staging', 'deployed');
  t.is(await state('one'), 'deployed');
});

test.serial('a delivery that moves nothing has its outcome with the fetch', async (t) => {
  const { accept, fetched, state } = setUp(t, ['staging']);
  await accept('one');
  await fetched();
  t.is(await state('one'), 'deployed');
});

test.serial('a delivery that brought a windlass.yaml with mistakes has failed', async (t) => {
  const { accept, fetched, state } = setUp(t, ['staging'], 'windlass.yaml:1:1: nothing is right');
  await accept('one');
  await fetched();
  t.is(await state('one'), 'failed');
});

test.serial('a delivery whose fetch failed for good has failed, also once a later one is fetched', async (t) => {
  const { accept, unfetched, fetched, state } = setUp(t, ['staging']);
  await accept('one');
  await unfetched();
  t.is(await state('one'), 'failed');
  await accept('two');
  await fetched();
  t.is(await state('one'), 'failed');
  t.is(await state('two'), 'deployed');
  t.is(await accept('one'), 'accepted');
});

test.serial('a delivery that fails before windlass.yaml has been read once may be sent again', async (t) => {
  const { accept, unfetched } = setUp(t, []);
  await accept('one');
  await unfetched();
  t.is(await accept('one'), 'accepted');
});

test.serial('a delivery that has moved an environment waits for it, whatever a later try to fetch says', async (t) => {
  const { accept, move, unfetched, settle, state } = setUp(t, ['staging']);
  await accept('one');
  await move('one', ['staging']);
  await unfetched();
  t.is(await state('one'), 'accepted');
  await settle('staging', 'deployed');
  t.is(await state('one'), 'deployed');
});
