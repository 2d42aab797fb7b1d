import test from 'ava';
import { type CrashRelease, dyingAt, titleOf } from '../support/crash-points.ts';
import { type CrashWorld, createCrashWorld } from '../support/crash-world.ts';

/** `windlass up` dies in every kind of step, the engine beneath it in a job, a removal and pushes. Everybody at every point: test/crash. */
const releases: readonly CrashRelease[] = [
  dyingAt('windlass', 'hot-pushed', ['deploy:planned', 'push:staged', 'push:swapped', 'push:acted', 'push:verified', 'deploy:waved']),
  dyingAt('windlass', 'rebuilt', [
    'build:start',
    'build:done',
    'job:started',
    'recreate:created',
    'recreate:placed',
    'recreate:started',
    'recreate:stopped-old',
    'recreate:removed-old',
    'remove:stopped',
    'remove:removed',
  ]),
  dyingAt('windlass', 'rebuilt', ['job:exited', 'recreate:ready', 'recreate:renamed']),
  dyingAt('windlass', 'restarted', ['shadow:started', 'push:acted']),
  dyingAt('windlass', 'turned back', ['recreate:withdrawn', 'recreate:started-old']),
  // Once in a release: what it takes with it is started with the new files, and nothing is left to be swapped.
  ...['job:started', 'remove:stopped'].map((point) => dyingAt('the engine', 'rebuilt', [point])),
  dyingAt('the engine', 'hot-pushed', ['push:swapped']),
  dyingAt('the engine', 'rolled back', ['takeback:begun']),
  dyingAt('the engine alone', 'hot-pushed', ['push:swapped']),
];

let world: CrashWorld;
test.before(async () => {
  world = await createCrashWorld('together');
});
test.after.always(() => world?.stop());

for (const release of releases) test.serial(titleOf(release), (t) => world.survives(t, release));
