import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

/** Commits that the Git host shows as pending, by environment: each has to get an outcome some day. */
export interface ShownPending {
  /** To be called before the Git host is told, so that no crash comes between. */
  add(environment: string, commit: string): Promise<void>;
  remove(environment: string, commit: string): Promise<void>;
  list(environment: string): Promise<readonly string[]>;
}

export function createShownPending(redis: Redis): ShownPending {
  return {
    add: async (environment, commit) => void (await redis.sadd(keys.shownPending(environment), commit)),
    remove: async (environment, commit) => void (await redis.srem(keys.shownPending(environment), commit)),
    list: (environment) => redis.smembers(keys.shownPending(environment)),
  };
}
