import test from 'ava';
import { type Log, silentLog } from '../../../src/log.ts';
import { checkServer, connect, type Redis } from '../../../src/queue/redis.ts';
import { startRedis } from '../../support/redis.ts';

test('a server that evicts keys is refused, this one is not', async (t) => {
  const server = await startRedis();
  const redis = connect(server.url, 'worker', silentLog);
  t.regex((await checkServer(redis)).version, /^\d+\.\d+/);
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  t.like(await t.throwsAsync(checkServer(redis), { message: /set it to noeviction/ }), { code: 'redis' });
  redis.disconnect();
  await server.stop();
});

test('a server older than 6.2 is refused', async (t) => {
  const version = (text: string) =>
    checkServer({ info: async () => `redis_version:${text}\r\nmaxmemory_policy:noeviction\r\n` } as unknown as Redis);
  for (const old of ['5.0.14', '6.0.20', '6.1.0']) await t.throwsAsync(version(old), { message: /6\.2 or newer/ });
  for (const fine of ['6.2.0', '7.0.15', '8.2.1']) await t.notThrowsAsync(version(fine));
});

test('an outage is logged once, and its end', async (t) => {
  const server = await startRedis();
  const lines: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => lines.push(message), info: (_fields, message) => lines.push(message) };
  const redis = connect(server.url, 'worker', log);
  await redis.ping();
  await server.crash();
  await redis.ping();
  redis.disconnect();
  await server.stop();
  t.deepEqual(lines, ['Redis is away', 'Redis is back']);
});
