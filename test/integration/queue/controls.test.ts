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
  const nothing = { freeze: undefined, pin: undefined, approval: undefined, limit: undefined, continued: undefined, left: undefined };
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
  await controls.widenLimit('production', 'shop', limit);
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
  await controls.continueCanary('production', 'blog', { revision, by: 'alice', at: '2026-01-01T00:00:00Z' });
  t.deepEqual(await raised('blog'), [1, 'poll'], 'it asks for nothing that is newer and has failed');
  await controls.setFreeze('production', undefined, undefined, ['shop', 'blog']);
  t.is((await raised('shop'))[0], 3);
  t.deepEqual(await raised('blog'), [2, 'manual']);
  t.deepEqual(await wanted.unsettled(), [appTarget('production', 'blog'), appTarget('production', 'shop')]);
});

test('of limited deployments at the same moment each reaches what it names, and none takes the place of another', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  const controls = createControls(redis);
  const said = { by: 'alice "of" operations', at: '2026-01-01T00:00:00Z' };
  const names = Array.from({ length: 20 }, (_, i) => `production-shop-web-${i + 10}`);
  await Promise.all(names.map((name) => controls.widenLimit('production', 'shop', { services: [], containers: [name, name], ...said })));
  const widened = (await controls.read('production', 'shop')).limit;
  t.deepEqual(widened, { services: [], containers: names, ...said });
  await controls.widenLimit('production', 'shop', { services: ['lb'], containers: [], ...said });
  t.like((await controls.read('production', 'shop')).limit, { services: ['lb'], containers: names });
  const { generation, trigger } = await createWanted(redis).read(appTarget('production', 'shop'));
  t.deepEqual([generation, trigger], [21, 'manual']);
  await controls.removeLimit('production', 'shop');
  t.is((await controls.read('production', 'shop')).limit, undefined);
});

test('what was deployed alone is said of the environment, and concerns the others', async (t) => {
  const server = await startRedis();
  t.teardown(() => server.stop());
  const redis = connect(server.url, 'worker', silentLog);
  t.teardown(() => redis.disconnect());
  const controls = createControls(redis);
  const { declared, by, at } = approval;
  const alone = { apps: ['shop'], revision, declared, by, at };
  await controls.setAlone('production', alone, []);
  t.like(await controls.readAlone('production'), { apps: ['shop'], revision, by });
  t.is((await controls.read('production', 'shop')).left, undefined);
  t.like((await controls.read('production', 'blog')).left, { apps: ['shop'], revision, by });
  t.is((await controls.read('staging', 'blog')).left, undefined);
  await controls.setAlone('production', undefined, ['blog']);
  t.is((await controls.read('production', 'blog')).left, undefined);
  t.is((await createWanted(redis).read(appTarget('production', 'blog'))).trigger, 'poll', 'nobody has asked for that one');
});
