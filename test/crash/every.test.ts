import test from 'ava';
import {
  behindItsDeath,
  type CrashRelease,
  dyingAt,
  isNeverHealthy,
  titleOf,
  type Victim,
  victims,
  ways,
} from '../support/crash-points.ts';
import { type CrashWorld, createCrashWorld } from '../support/crash-world.ts';

/**
 * Everybody dies at every point: the whole table, of which test/e2e/crash*.test.ts are the part for every day. An engine that takes its
 * containers with it dies once in a release: they are started with the new files, and nothing is left to be pushed.
 */
const apart: readonly Victim[] = ['the agent', 'the controller', 'Redis'];

function releasesOf(victim: Victim): readonly CrashRelease[] {
  const agentDies = victim === 'windlass' || victim === 'the agent';
  return ways.flatMap(({ kind, points }) => {
    const passed = points.filter((point) => (agentDies || !behindItsDeath.includes(point)) && !isNeverHealthy(victim, kind, point));
    return victim === 'the engine' ? passed.map((point) => dyingAt(victim, kind, [point])) : [dyingAt(victim, kind, passed)];
  });
}

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
