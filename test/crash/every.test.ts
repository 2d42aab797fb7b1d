import test from 'ava';
import { behindADeath, type CrashRelease, dyingAt, titleOf, type Victim, victims, ways } from '../support/crash-points.ts';
import { type CrashWorld, createCrashWorld } from '../support/crash-world.ts';

/**
 * Everybody dies at every point: the whole table, of which test/e2e/crash*.test.ts are the part for every day. An engine dies once in a
 * release: one that is killed while it starts what it took with it the last time cannot start that again (docs/limitations.md).
 */
const apart: readonly Victim[] = ['the agent', 'the controller', 'Redis'];

const releasesOf = (victim: Victim): readonly CrashRelease[] =>
  ways.flatMap(({ kind, points }) =>
    victim.startsWith('the engine')
      ? points.filter((point) => !behindADeath.includes(point)).map((point) => dyingAt(victim, kind, [point]))
      : [dyingAt(victim, kind, points)],
  );

for (const [how, dying] of [
  ['together', victims.filter((victim) => !apart.includes(victim))],
  ['apart', apart],
] as const) {
  let world: CrashWorld | undefined;
  const open = async () => {
    world ??= await createCrashWorld(how);
    return world;
  };
  for (const release of dying.flatMap(releasesOf)) test.serial(titleOf(release), async (t) => (await open()).survives(t, release));
  test.after.always(() => world?.stop());
}
