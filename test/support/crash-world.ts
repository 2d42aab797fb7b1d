import type { ExecutionContext } from 'ava';
import { type CrashRelease, overtakenAt } from './crash-points.ts';
import { createSite, type Released } from './crash-site.ts';
import { startMortals } from './crash-victims.ts';
import { crashRepository, createWorld, type World } from './world.ts';

/** A deployed site whose releases are survived. */
export interface CrashWorld extends Pick<World, 'engine' | 'stop'> {
  /** Makes a release, has everybody die where it says, and asserts what always holds. */
  survives(t: ExecutionContext, release: CrashRelease): Promise<void>;
}

export async function createCrashWorld(how: 'together' | 'apart'): Promise<CrashWorld> {
  const world = await createWorld({ from: crashRepository });
  try {
    const site = createSite(world);
    await world.repository.commit('first');
    await world.repository.push();
    const mortals = await startMortals(world, how);
    await world.api.outcome('staging', await world.repository.git('rev-parse', 'HEAD'));
    return {
      engine: world.engine,
      stop: world.stop,
      survives: async (t, { kind, deaths }) => {
        t.timeout(300_000);
        let released: Released | undefined;
        await mortals.dying(deaths, {
          begin: async () => {
            released = await site.release(kind);
          },
          dead: async (point) => {
            if (kind === 'overtaken' && point === overtakenAt) await released?.overtake();
          },
        });
        const dead = deaths.map(([, victim]) => victim);
        await released?.ended(t, dead);
      },
    };
  } catch (error) {
    await world.stop();
    throw error;
  }
}
