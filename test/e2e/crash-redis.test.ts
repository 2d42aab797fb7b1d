import test from 'ava';
import { assertReleased, release } from '../support/release.ts';
import { createWorld, siteRepository } from '../support/world.ts';

/** Where Redis is killed while windlass lives on: in each kind of step, and between two waves. */
const points = [
  'deploy:waved',
  'build:done',
  'job:started',
  'recreate:placed',
  'recreate:stopped-old',
  'remove:stopped',
  'push:staged',
  'push:swapped',
];

test('Redis killed at any step: windlass starts it again, goes on, and ends where Git asks', async (t) => {
  t.timeout(900_000);
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  const first = await release(world, 0);
  let windlass = await world.start('up');
  await assertReleased(t, world, { n: 0, commit: first, point: 'the start' });

  for (const [i, point] of points.entries()) {
    await windlass.stop();
    windlass = await world.start('up', { WINDLASS_FAULT: `redis@${point}` });
    await world.api.ready();
    const commit = await release(world, i + 1);
    await assertReleased(t, world, { n: i + 1, commit, point: `Redis at ${point}` });
    t.is((await world.log()).split('redis-server has died').length - 1, i + 1, `${point} was not passed`);
  }
});
