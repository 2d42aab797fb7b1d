import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { assertReleased, release } from '../support/release.ts';
import { createWorld, siteRepository } from '../support/world.ts';

/**
 * Every place of both paths where the process may be killed. In each release it is killed at all points of a list, one after the
 * other: what begins again behind one death is on its way to the next.
 */
const deaths = [
  ['deploy:planned', 'deploy:waved', 'deploy:brought'],
  ['build:start', 'build:done', 'job:started'],
  ['job:exited', 'recreate:created', 'recreate:placed', 'recreate:started', 'recreate:ready'],
  ['recreate:stopped-old', 'recreate:removed-old'],
  ['recreate:renamed'],
  ['remove:stopped', 'remove:removed'],
  ['push:staged', 'push:checked', 'push:swapped', 'push:acted', 'push:verified'],
];

test('killed at any step and started again, windlass ends where Git asks, with nothing doubled and nothing left over', async (t) => {
  t.timeout(900_000);
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  const first = await release(world, 0);
  const armed = join(world.directory, 'fault');
  const arm = (point: string | undefined) => (point === undefined ? rm(armed) : writeFile(armed, point));
  const start = () => world.start('up', { WINDLASS_FAULT: `@${armed}` });
  let windlass = await start();
  await assertReleased(t, world, { n: 0, commit: first, point: 'the start' });

  for (const [i, points] of deaths.entries()) {
    await arm(points[0]);
    const commit = await release(world, i + 1);
    const deployed = world.api.deployed('staging', commit, 300_000).then(() => 'deployed', String);
    for (const [at, point] of points.entries()) {
      t.is(await Promise.race([windlass.exited, deployed]), 'SIGKILL', `${point} was not passed`);
      await arm(points[at + 1]);
      windlass = await start();
    }
    await assertReleased(t, world, { n: i + 1, commit, point: points.join(', ') });
  }
});
