import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { assertReleased, release } from '../support/release.ts';
import { createWorld, siteRepository } from '../support/world.ts';

/** Every place of both paths where the process may be killed; each is passed by a release. */
const points = [
  'deploy:planned',
  'deploy:waved',
  'deploy:brought',
  'build:start',
  'build:done',
  'job:started',
  'job:exited',
  'recreate:created',
  'recreate:placed',
  'recreate:started',
  'recreate:ready',
  'recreate:stopped-old',
  'recreate:removed-old',
  'recreate:renamed',
  'remove:stopped',
  'remove:removed',
  'push:staged',
  'push:checked',
  'push:swapped',
  'push:acted',
  'push:verified',
];

test('killed at any step and started again, windlass ends where Git asks, with nothing doubled and nothing left over', async (t) => {
  t.timeout(900_000);
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  const first = await release(world, 0);
  const armed = join(world.directory, 'fault');
  const start = () => world.start('up', { WINDLASS_FAULT: `@${armed}` });
  let windlass = await start();
  await assertReleased(t, world, { n: 0, commit: first, point: 'the start' });

  for (const [i, point] of points.entries()) {
    await writeFile(armed, point);
    const commit = await release(world, i + 1);
    t.is(await windlass.exited, 'SIGKILL', `${point} was not passed`);
    await rm(armed);
    windlass = await start();
    await assertReleased(t, world, { n: i + 1, commit, point });
  }
});
