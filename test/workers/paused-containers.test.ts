import test from 'ava';
import { commitOf, createWorld } from './deploy-world.ts';

const paused = 'staging-shop-web-1 is paused; on one: docker unpause staging-shop-web-1';

test('a container that somebody has paused holds a deployment, which says how to go on, and does once it can', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.pause('staging-shop-web-1');
  world.push('b');
  t.deepEqual(await world.run(), ['push-config staging-shop-web-2'], 'the others have it');
  t.like(world.state(), { state: 'held', deployed: commitOf('a'), message: paused });
  t.deepEqual(world.installed(), ['a', 'b']);

  t.deepEqual(await world.run('discovery'), []);
  t.like(world.state(), { state: 'held', message: paused });

  world.unpause('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), ['push-config staging-shop-web-1']);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('b'), message: '' });
  t.deepEqual(
    world.records().map(({ state, steps }) => [state, steps.length]),
    [
      ['succeeded', 2],
      ['succeeded', 2],
    ],
    'it is one deployment',
  );
});

test('one that is paused while nothing is deployed is no failure of what is', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.pause('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), []);
  t.like(world.state(), { state: 'held', deployed: commitOf('a'), message: paused });
  t.is(world.records().length, 1);
  world.unpause('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), []);
  t.like(world.state(), { state: 'deployed', message: '' });
});
