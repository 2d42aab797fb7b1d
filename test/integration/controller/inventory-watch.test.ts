import test from 'ava';
import { watchInventory } from '../../../src/controller/inventory-watch.ts';
import { silentLog } from '../../../src/log.ts';
import { connect } from '../../../src/queue/redis.ts';
import { startRedis } from '../../support/redis.ts';

test('a change that was told while Redis was away is looked for once it is back', async (t) => {
  const server = await startRedis();
  const redis = connect(server.url, 'worker', silentLog);
  let heard = () => {};
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve;
    });
  const first = next();
  const watch = watchInventory({ redis, log: silentLog, onChange: () => heard() });
  t.teardown(async () => {
    watch.close();
    redis.disconnect();
    await server.stop();
  });
  await first;
  const second = next();
  await server.crash();
  await second;
  t.pass();
});
