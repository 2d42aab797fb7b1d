import test from 'ava';
import { deployed, timed } from './canary-world.ts';
import { commitOf } from './deploy-world.ts';

test('a canary that turns unhealthy during its pause is taken back', async (t) => {
  const world = await deployed(timed);
  await world.run();
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  world.poison('b');
  let minutes = 0;
  Object.assign(world.context, { now: () => new Date(++minutes * 60_000) });
  await world.run('discovery');
  t.deepEqual(world.installed(), ['a', 'a', 'a']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a'), message: 'staging-shop-web-1 is unhealthy', part: undefined });
  t.is(world.records().at(-1)?.state, 'rolled-back');
});

test('the end of a pause lets nobody follow a canary that is unhealthy; a person does', async (t) => {
  const world = await deployed(timed);
  await world.run();
  world.poison('b');
  let minutes = 0;
  Object.assign(world.context, { now: () => new Date(++minutes * 60_000) });
  world.endPause();
  const steps = await world.run('poll');
  t.deepEqual(
    steps.filter((step) => !step.endsWith('web-1')),
    [],
  );
  t.deepEqual(world.installed(), ['a', 'a', 'a']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a'), message: 'staging-shop-web-1 is unhealthy', part: undefined });
  const bold = await deployed(timed);
  await bold.run();
  bold.poison('b');
  bold.continueCanary();
  Object.assign(bold.context, { now: () => new Date(++minutes * 60_000) });
  t.true((await bold.run('manual')).includes('push-config staging-shop-web-2'));
});

test('at the end of a pause the others follow a canary that is well, also one that has become so just then', async (t) => {
  const world = await deployed(timed);
  await world.run();
  world.poison('b');
  world.endPause();
  Object.assign(world.context, { inventoryChange: async () => world.poison('nobody') });
  await world.run('poll');
  t.deepEqual(world.installed(), ['b', 'b', 'b']);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('b'), part: undefined });
  t.is(world.controls().continued, undefined);
});

test('the end of a pause counts for that pause alone', async (t) => {
  const world = await deployed(timed);
  await world.run();
  world.endPause();
  const { continued } = world.controls();
  world.rollback();
  await world.run('rollback');
  Object.assign(world.context, { now: () => new Date(60_000) });
  Object.assign(world.context.controls, { read: async () => ({ continued }) });
  await world.run('manual');
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  t.is(world.state()?.part?.canary?.until, '1970-01-01T00:01:30.000Z');
});
