import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

/**
 * The deployments that have ended and of whose end the receiver of outcomes has not been told. `deployments` adds to it in the script that
 * ends one.
 */
export interface Outbox {
  untold(): Promise<readonly string[]>;
  isUntold(id: string): Promise<boolean>;
  told(id: string): Promise<void>;
  /** Nobody is to be told any more. */
  clear(): Promise<void>;
}

export function createOutbox(redis: Redis): Outbox {
  return {
    untold: async () => (await redis.smembers(keys.untold)).sort(),
    isUntold: async (id) => (await redis.sismember(keys.untold, id)) === 1,
    told: async (id) => void (await redis.srem(keys.untold, id)),
    clear: async () => void (await redis.del(keys.untold)),
  };
}
