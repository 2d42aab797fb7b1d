import { z } from 'zod';
import type { Declared } from '../model/control.ts';
import { type ApplicationPart, type ApplicationState, pulledImages } from '../model/deployment.ts';
import type { Events } from './events.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';
import { type AppTarget, parseTarget } from './targets.ts';

const commits = z.record(z.string(), z.string());

const applicationState = z.object({
  deployed: z.string().optional(),
  deployedSources: commits,
  declared: z.custom<Declared>().optional(),
  wanted: z.string().optional(),
  state: z.enum(['deployed', 'deploying', 'failed', 'held', 'awaiting-approval']),
  message: z.string(),
  pulled: pulledImages.optional(),
  deployment: z.string().optional(),
  failed: z.object({ commit: z.string(), sources: commits, message: z.string().optional() }).optional(),
  part: z.custom<ApplicationPart>().optional(),
});

/** What applications and environments are at. `E`: plain data that the last fetch left of an environment, stored as it is. */
export interface StateStore<E> {
  /** Undefined before the first outcome. */
  readState(target: AppTarget): Promise<ApplicationState | undefined>;
  writeState(target: AppTarget, state: ApplicationState): Promise<void>;
  /** The application has left the repository. */
  forgetState(target: AppTarget): Promise<void>;
  /** Undefined before it was first read. */
  readEnvironment(name: string): Promise<E | undefined>;
  writeEnvironment(name: string, state: E): Promise<void>;
  environments(): Promise<readonly string[]>;
  forgetEnvironment(name: string): Promise<void>;
}

export function createStateStore<E>(redis: Redis, events: Pick<Events, 'publish'>): StateStore<E> {
  return {
    readState: async (target) => {
      const text = await redis.get(keys.state(target));
      if (text === null) return undefined;
      const { deployed, declared, wanted, pulled, deployment, failed, part, ...rest } = applicationState.parse(JSON.parse(text));
      const known = { ...(declared ? { declared } : {}), ...(pulled ? { pulled } : {}), ...(part ? { part } : {}) };
      return { ...rest, deployed, wanted, deployment, failed, ...known };
    },
    writeState: async (target, state) => {
      await redis.set(keys.state(target), JSON.stringify(state));
      const parsed = parseTarget(target);
      if (parsed.kind === 'app') await events.publish({ type: 'status', environment: parsed.environment, app: parsed.app });
    },
    forgetState: async (target) => void (await redis.del(keys.state(target))),
    readEnvironment: async (name) => {
      const text = await redis.get(keys.environment(name));
      return text === null ? undefined : (JSON.parse(text) as E);
    },
    writeEnvironment: async (name, state) => {
      await redis.multi().set(keys.environment(name), JSON.stringify(state)).sadd(keys.environments, name).exec();
    },
    environments: async () => (await redis.smembers(keys.environments)).sort(),
    forgetEnvironment: async (name) => {
      await redis
        .multi()
        .del(keys.environment(name), keys.pushes(name), keys.pushed(name), keys.shownPending(name))
        .srem(keys.environments, name)
        .exec();
    },
  };
}
