import test, { type ExecutionContext } from 'ava';
import { silentLog } from '../../../src/log.ts';
import { acceptDelivery, readDelivery } from '../../../src/queue/deliveries.ts';
import { concludeDelivery } from '../../../src/queue/delivery-outcomes.ts';
import { connect } from '../../../src/queue/redis.ts';
import { sourceTarget } from '../../../src/queue/targets.ts';
import { createWanted } from '../../../src/queue/wanted.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { githubHeaders, openDoor, push } from '../../support/webhook-sender.ts';

async function setup(t: ExecutionContext) {
  const redis = await startRedis();
  const connection = connect(redis.url, 'producer', silentLog);
  t.teardown(async () => {
    connection.disconnect();
    resume(redis);
    await redis.stop();
  });
  const door = await openDoor(t, { accept: ({ source, id, receivedAt }) => acceptDelivery(connection, { source, id, now: receivedAt }) });
  const post = (id: string) => door.post('/hooks/config', push(), githubHeaders(push(), { id }));
  return { redis, connection, post };
}

const resume = ({ pid }: TestRedis) => process.kill(pid, 'SIGCONT');

test('an accepted delivery is known after Redis was killed', async (t) => {
  const { redis, connection, post } = await setup(t);
  t.is((await post('one')).status, 202);
  await redis.crash();
  t.like(await readDelivery(connection, 'config', 'one'), { state: 'accepted' });
  t.is((await post('one')).status, 200);
});

test('a delivery that was kept though nobody could be told so is wanted, and taken for seen when it is sent again', async (t) => {
  const { redis, connection, post } = await setup(t);
  // As after a kill of windlass right behind the script: no answer, no job.
  await acceptDelivery(connection, { source: 'config', id: 'one', now: Date.now() });
  await redis.crash();
  t.deepEqual(await createWanted(connection).unsettled(), ['source:config']);
  t.is((await post('one')).status, 200);
});

test('one delivery sent two hundred times at once raises once', async (t) => {
  const { connection, post } = await setup(t);
  const answers = await Promise.all(Array.from({ length: 200 }, () => post('one')));
  t.is(answers.filter(({ status }) => status === 202).length, 1);
  t.is(answers.filter(({ status }) => status === 200).length, 199);
  t.like(await readDelivery(connection, 'config', 'one'), { generation: 1 });
});

test('a redelivery of one whose deployment failed is accepted again', async (t) => {
  const { connection, post } = await setup(t);
  await post('one');
  await createWanted(connection).settle(sourceTarget('config'), 1);
  await concludeDelivery(connection, { source: 'config', id: 'one' }, { environments: [], otherwise: 'failed' });
  t.is((await post('one')).status, 202);
});

test('a Redis that hangs, or has no room, gives 503 and takes the delivery afterwards', async (t) => {
  const { redis, connection, post } = await setup(t);
  await connection.ping();
  process.kill(redis.pid, 'SIGSTOP');
  t.is((await post('hangs')).status, 503);
  resume(redis);
  while ((await post('hangs')).status === 503);
  await connection.config('SET', 'maxmemory', '1mb');
  t.is((await post('full')).status, 503);
  await connection.config('SET', 'maxmemory', '0');
  t.is((await post('full')).status, 202);
});
