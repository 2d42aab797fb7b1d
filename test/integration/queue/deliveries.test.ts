import test from 'ava';
import { silentLog } from '../../../src/log.ts';
import { acceptDelivery, openDeliveries, readDelivery } from '../../../src/queue/deliveries.ts';
import { concludeDelivery } from '../../../src/queue/delivery-outcomes.ts';
import { connect } from '../../../src/queue/redis.ts';
import { sourceTarget } from '../../../src/queue/targets.ts';
import { createWanted } from '../../../src/queue/wanted.ts';
import { startRedis } from '../../support/redis.ts';

test('of a thousand equal deliveries at once one is accepted', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'producer', silentLog);
  t.teardown(() => redis.disconnect());
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, now) => acceptDelivery(redis, { source: 'config', id: 'a b:c', now })),
  );
  t.is(answers.filter((answer) => answer === 'accepted').length, 1);
  t.is((await createWanted(redis).read(sourceTarget('config'))).generation, 1);
  t.is(await acceptDelivery(redis, { source: 'shop', id: 'a b:c', now: 0 }), 'accepted');
});

test('an accepted delivery survives kill -9 of Redis', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'producer', silentLog);
  t.teardown(() => redis.disconnect());
  const ids = Array.from({ length: 50 }, (_, n) => `d${n}`);
  for (const id of ids) t.is(await acceptDelivery(redis, { source: 'config', id, now: 7 }), 'accepted');
  await server.crash();
  const again = connect(server.url, 'worker', silentLog);
  t.teardown(() => again.disconnect());
  t.deepEqual(await createWanted(again).unsettled(), [sourceTarget('config')]);
  t.deepEqual(await openDeliveries(again, 'config', 50), ids);
  t.like(await readDelivery(again, 'config', 'd49'), { receivedAt: 7, state: 'accepted', generation: 50 });
});

test('a delivery whose deployment failed is accepted again, one that was deployed is not', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'producer', silentLog);
  t.teardown(() => redis.disconnect());
  const accept = (id: string) => acceptDelivery(redis, { source: 'config', id, now: 0 });
  await accept('bad');
  await accept('good');
  await createWanted(redis).settle(sourceTarget('config'), 2);
  await concludeDelivery(redis, { source: 'config', id: 'bad' }, { environments: [], otherwise: 'failed' });
  await concludeDelivery(redis, { source: 'config', id: 'good' }, { environments: [], otherwise: 'deployed' });
  t.deepEqual(await openDeliveries(redis, 'config', 99), []);
  t.is(await accept('good'), 'seen');
  t.is(await accept('bad'), 'accepted');
  t.is(await accept('bad'), 'seen');
  t.deepEqual(await openDeliveries(redis, 'config', 99), ['bad']);
  t.true((await redis.ttl('windlass:delivery:config:bad')) > 6 * 24 * 3600);
});

test('a nearly full Redis accepts no deliveries, and does again once it has room', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'producer', silentLog);
  t.teardown(() => redis.disconnect());
  const accept = () => acceptDelivery(redis, { source: 'config', id: 'x', now: 0 });
  const used = /^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1];
  await redis.config('SET', 'maxmemory', Math.round(Number(used) * 1.1));
  const error = await t.throwsAsync(accept, { name: 'WindlassError', message: /maxmemory/ });
  t.like(error, { code: 'redis', permanent: false });
  await redis.config('SET', 'maxmemory', '100000000');
  t.is(await accept(), 'accepted');
});

test('a Redis that is away or hangs is an answer, not a wait', async (t) => {
  const server = await startRedis();
  const redis = connect(server.url, 'producer', silentLog);
  t.teardown(() => redis.disconnect());
  await redis.ping();
  process.kill(server.pid, 'SIGSTOP');
  const fails = async () => {
    const error = await t.throwsAsync(acceptDelivery(redis, { source: 'config', id: 'x', now: 0 }));
    t.like(error, { code: 'redis', permanent: false });
  };
  await fails();
  process.kill(server.pid, 'SIGCONT');
  await server.stop();
  await fails();
  const never = connect(server.url, 'producer', silentLog);
  t.teardown(() => never.disconnect());
  await t.throwsAsync(acceptDelivery(never, { source: 'config', id: 'x', now: 0 }), { message: /Redis is away/ });
});
