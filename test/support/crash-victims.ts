import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { WindlassProcess } from '../../playground/windlass-process.ts';
import type { CrashRelease, Victim } from './crash-points.ts';
import type { World } from './world.ts';

type Role = 'up' | 'controller' | 'agent';

/** Windlass's processes in a world, and what kills them, their Redis or their engine at a named point. */
export interface Mortals {
  /**
   * Has the victims of a release die one after the other, each while a process stands still at the point; what was killed is started
   * again. Throws where nobody comes by a point.
   */
  dying(deaths: CrashRelease['deaths'], at: Moments): Promise<void>;
}

/** What happens beside the deaths. */
interface Moments {
  /** When the first point is armed. */
  begin(): Promise<void>;
  /** While somebody is dead. */
  dead(point: string): Promise<void>;
}

const roles = { together: ['up'], apart: ['controller', 'agent'] } as const;

/** Whose process a victim is; nobody's where it is no process of windlass. */
const rolesOf: Record<Victim, readonly Role[]> = {
  windlass: ['up', 'controller', 'agent'],
  'the agent': ['agent'],
  'the controller': ['controller'],
  Redis: [],
  'the engine': [],
  'the engine alone': [],
};

const passedWithinMs = 60_000;

/** Starts windlass as one process, or controller and agent as two, of which the agent finds the Redis that the controller runs. */
export async function startMortals(world: World, how: keyof typeof roles): Promise<Mortals> {
  const armed = join(world.directory, 'fault');
  const arm = (point: string | undefined) => (point === undefined ? rm(armed, { force: true }) : writeFile(armed, `halt@${point}`));
  const running = new Map<Role, WindlassProcess>();
  const start = async (role: Role) => {
    const redis = role === 'agent' ? { WINDLASS_REDIS_URL: `unix://${redisSocket(world)}` } : {};
    running.set(role, await world.start(role, { ...redis, WINDLASS_FAULT: `@${armed}` }));
  };
  for (const role of roles[how]) {
    await start(role);
    await world.api.ready();
  }
  const kill = async (victim: Victim) => {
    if (victim === 'Redis') await killRedis(world);
    if (victim === 'the engine' || victim === 'the engine alone') await world.engine.crash({ liveRestore: victim === 'the engine alone' });
    const killed = rolesOf[victim].filter((role) => running.has(role));
    await Promise.all(killed.map((role) => running.get(role)?.kill()));
    return killed;
  };
  return {
    dying: async (deaths, { begin, dead }) => {
      await arm(deaths[0]?.[0]);
      try {
        await begin();
        for (const [at, [point, victim]] of deaths.entries()) {
          const halted = await haltedAt(point, running);
          const killed = await kill(victim);
          await dead(point);
          for (const role of killed) await start(role);
          // While an agent stands in its step, the others can come back first: the next death shall find somebody to kill.
          if (halted === 'agent' && !killed.includes(halted)) await world.api.ready();
          await arm(deaths[at + 1]?.[0]);
          running.get(halted)?.goOn();
        }
      } finally {
        // A release that did not go its way is not to be the end of the next one.
        await arm(undefined);
        for (const one of running.values()) one.goOn();
      }
    },
  };
}

async function haltedAt(point: string, processes: ReadonlyMap<Role, WindlassProcess>): Promise<Role> {
  for (let waited = 0; waited < passedWithinMs; waited += 50) {
    for (const [role, one] of processes) if (await one.isHalted()) return role;
    await sleep(50);
  }
  throw new Error(`${point} was not passed`);
}

const redisSocket = ({ directory }: World): string => join(directory, 'state', 'redis.sock');

/** One that has not been started again since its last death stays dead. */
async function killRedis(world: World): Promise<void> {
  const redis = new Redis(redisSocket(world), { retryStrategy: () => null });
  redis.on('error', () => {});
  const info = await redis.info('server').catch(() => '');
  redis.disconnect();
  const [, pid] = /^process_id:(\d+)/m.exec(info) ?? [];
  if (pid) process.kill(Number(pid), 'SIGKILL');
}
