import test, { type ExecutionContext } from 'ava';
import { silentLog } from '../../../src/log.ts';
import { acceptDelivery } from '../../../src/queue/deliveries.ts';
import { createPushes } from '../../../src/queue/pushes.ts';
import { connect } from '../../../src/queue/redis.ts';
import { createStateStore } from '../../../src/queue/state.ts';
import { sourceTarget } from '../../../src/queue/targets.ts';
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
  return { redis, pushes: createPushes(redis), wanted: createWanted(redis) };
}

const ids = (pushes: readonly { readonly id: string }[]) => pushes.map(({ id }) => id);

test('a fetch knows the deliveries that it answers, and no others', async (t) => {
  const { redis, pushes, wanted } = open(t);
  const deliver = (id: string, now: number) => acceptDelivery(redis, { source: 'shop', id, now });
  await deliver('one', 100);
  await wanted.settle(sourceTarget('shop'), 1);
  await deliver('two', 200);
  await deliver('three', 300);
  const record = await wanted.read(sourceTarget('shop'));
  await deliver('four', 400);
  t.deepEqual(await pushes.ofSource('shop', record), [
    { id: 'two', at: 200 },
    { id: 'three', at: 300 },
  ]);
});

test('an environment has its pushes open until they are closed, oldest first, and a second move to one revision opens none', async (t) => {
  const { redis, pushes } = open(t);
  const move = (revision: string, id: string, at: number, forced = false) =>
    pushes.open('staging', { revision, pushes: [{ id, at }], source: undefined, forced });
  await move('r2', 'later', 20);
  await move('r3', 'earlier', 10);
  await move('r3', 'again', 30);
  t.deepEqual(ids(await pushes.list('staging')), ['earlier', 'later']);
  await move('r3', 'sent-again', 40, true);
  await pushes.close('staging', ['earlier', 'later']);
  t.deepEqual(await pushes.list('staging'), [{ id: 'sent-again', at: 40 }]);
  t.deepEqual(await pushes.list('production'), []);
  await createStateStore(redis, { publish: async () => {} }).forgetEnvironment('staging');
  t.deepEqual(await pushes.list('staging'), []);
});

test('a push that two fetches saw keeps the time of the first', async (t) => {
  const { pushes } = open(t);
  await pushes.open('twice', { revision: 'r1', pushes: [{ id: 'p', at: 10 }], source: undefined, forced: false });
  await pushes.open('twice', { revision: 'r2', pushes: [{ id: 'p', at: 99 }], source: undefined, forced: false });
  t.deepEqual(await pushes.list('twice'), [{ id: 'p', at: 10 }]);
});

test('what is wanted says since when, until it is handled', async (t) => {
  const { redis, wanted } = open(t);
  const target = sourceTarget('since');
  const [before] = await redis.time();
  const first = await wanted.raise(target, { trigger: 'push' });
  const { since = 0 } = await wanted.read(target);
  t.true(since >= Number(before) * 1_000);
  await wanted.raise(target, { trigger: 'poll' });
  t.is((await wanted.read(target)).since, since, 'a further raise does not make it younger');
  await wanted.settle(target, first + 1);
  t.is((await wanted.read(target)).since, undefined);
});
