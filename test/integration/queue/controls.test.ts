import test from 'ava';
import { silentLog } from '../../../src/log.ts';
import type { Approval, Pin } from '../../../src/model/control.ts';
import { createControls } from '../../../src/queue/controls.ts';
import { connect } from '../../../src/queue/redis.ts';
import { appTarget } from '../../../src/queue/targets.ts';
import { createWanted } from '../../../src/queue/wanted.ts';
import { startRedis } from '../../support/redis.ts';

const revision = { sources: { shop: 'a'.repeat(40) }, commit: 'b'.repeat(40) };
const environment = { name: 'production', branch: 'release', apps: undefined, hosts: undefined, sources: {} };
const approval: Approval = {
  begun: false,
  revision,
  declared: { environment, root: { environments: [environment], hosts: [], sources: [] } },
  digest: 'd',
  by: 'alice',
  at: '2026-01-01T00:00:00Z',
};
const pin: Pin = { revision, over: revision, from: 'c'.repeat(40), deployment: 'd1', by: 'alice', at: '2026-01-01T00:00:00Z' };
const freeze = { by: 'alice', reason: 'release day', since: '2026-01-01T00:00:00Z' };

test('what people say is kept through a restart of Redis, each where it belongs', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  const controls = createControls(redis);
  const nothing = { freeze: undefined, pin: undefined, approval: undefined, limit: undefined, continued: undefined };
  t.deepEqual(await controls.read('production', 'shop'), nothing);

  await controls.setFreeze('production', undefined, freeze, []);
  await controls.setFreeze('production', 'blog', { ...freeze, reason: 'moving' }, ['blog']);
  await controls.setPin('production', 'shop', pin);
  await controls.approve('production', 'shop', approval);
  await server.kill();
  await server.crash();
  t.deepEqual(await controls.readFreeze('production'), freeze);
  t.like(await controls.read('production', 'shop'), { freeze, pin });
  t.is((await controls.read('production', 'blog')).freeze?.reason, 'moving', "an application's own freeze is named first");
  t.is((await controls.read('staging', 'shop')).freeze, undefined);
  await controls.setFreeze('production', undefined, undefined, ['blog', 'shop']);
  t.is((await controls.read('production', 'shop')).freeze, undefined);
  t.is((await controls.read('production', 'blog')).freeze?.reason, 'moving');
});

test('an approval changes only for whoever has seen the present one, and a rollback ends it with limits and continued canaries', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  const controls = createControls(redis);
  await controls.approve('production', 'shop', approval);
  const seen = (await controls.read('production', 'shop')).approval;
  if (!seen) return t.fail('it is kept');
  t.true(await controls.setApproval('production', 'shop', approval, { ...seen, begun: true }), 'in whatever order its fields were written');
  t.false(await controls.setApproval('production', 'shop', seen, undefined), 'it has begun meanwhile');
  t.true((await controls.read('production', 'shop')).approval?.begun);

  const limit = { services: ['web'], containers: [], by: 'alice', at: '2026-01-01T00:00:00Z' };
  const continued = { revision, at: '2026-01-01T00:00:00Z' };
  await controls.setLimit('production', 'shop', limit);
  await controls.continueCanary('production', 'shop', continued);
  t.like(await controls.read('production', 'shop'), { limit, continued });
  await controls.removeContinued('production', 'shop', { ...continued, at: 'another' });
  t.deepEqual((await controls.read('production', 'shop')).continued, continued);
  await controls.setPin('production', 'shop', pin);
  t.like(await controls.read('production', 'shop'), { approval: undefined, limit: undefined, continued: undefined });
  await controls.removePin('production', 'shop', { ...pin, at: 'another' });
  t.deepEqual((await controls.read('production', 'shop')).pin, pin);
  await controls.removePin('production', 'shop', pin);
  t.is((await controls.read('production', 'shop')).pin, undefined);
});

test('whatever a person says raises what it concerns in the same step', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  const controls = createControls(redis);
  const wanted = createWanted(redis);
  const raised = async (app: string) => {
    const { generation, trigger } = await wanted.read(appTarget('production', app));
    return [generation, trigger];
  };
  await controls.approve('production', 'shop', approval);
  t.deepEqual(await raised('shop'), [1, 'manual']);
  await controls.setPin('production', 'shop', pin);
  t.deepEqual(await raised('shop'), [2, 'rollback']);
  await controls.setFreeze('production', undefined, undefined, ['shop', 'blog']);
  t.is((await raised('shop'))[0], 3);
  t.deepEqual(await raised('blog'), [1, 'manual']);
  t.deepEqual(await wanted.unsettled(), [appTarget('production', 'blog'), appTarget('production', 'shop')]);
});
