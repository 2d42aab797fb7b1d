import test from 'ava';
import { type CrashRelease, titleOf } from '../support/crash-points.ts';
import { type CrashWorld, createCrashWorld } from '../support/crash-world.ts';

/**
 * One of the two dies, or the Redis between them, while the other lives on, and so acts on what it believes of the dead one. Everybody
 * at every point: test/crash.
 */
const releases: readonly CrashRelease[] = [
  {
    kind: 'rebuilt',
    deaths: [
      ['build:done', 'Redis'],
      ['job:started', 'the agent'],
      ['recreate:placed', 'the controller'],
      ['recreate:stopped-old', 'the agent'],
      ['recreate:removed-old', 'Redis'],
      ['remove:drained', 'the controller'],
    ],
  },
  {
    kind: 'hot-pushed',
    deaths: [
      ['source:fetched', 'the controller'],
      ['source:raised', 'Redis'],
      ['push:staged', 'the agent'],
      ['deploy:accepted', 'the controller'],
      ['push:go', 'the agent'],
      ['push:swapped', 'the agent'],
      ['deploy:waved', 'Redis'],
      ['deploy:concluded', 'the controller'],
    ],
  },
  {
    kind: 'refused',
    deaths: [
      ['push:staged', 'the agent'],
      ['deploy:waved', 'the controller'],
      ['deploy:concluded', 'Redis'],
    ],
  },
  { kind: 'refused by one', deaths: [['push:released', 'the agent']] },
  {
    kind: 'rolled back',
    deaths: [
      ['push:acted', 'the agent'],
      ['takeback:begun', 'the agent'],
      ['takeback:restored', 'the controller'],
      ['takeback:done', 'Redis'],
    ],
  },
];

let world: CrashWorld;
test.before(async () => {
  world = await createCrashWorld('apart');
});
test.after.always(() => world?.stop());

for (const release of releases) test.serial(titleOf(release), (t) => world.survives(t, release));
