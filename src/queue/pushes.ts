import { keptSeconds, openDeliveries, readDelivery } from './deliveries.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

/**
 * A push that is on its way: its delivery's id, or `poll-` and a commit where no delivery told of it, and when it was accepted (epoch
 * milliseconds).
 */
export interface OpenPush {
  readonly id: string;
  readonly at: number;
}

export interface Move {
  readonly revision: string;
  readonly pushes: readonly OpenPush[];
  /** Whose deliveries the pushes are: their outcome waits for this environment's. Undefined: no delivery told of them. */
  readonly source: string | undefined;
  readonly forced: boolean;
}

/** The pushes that an environment has not come to the end of: by their ids logs follow one from its delivery to its containers. */
export interface Pushes {
  /** The deliveries that raised a source beyond generation `handled`, up to `generation`; the newest 200, oldest first. */
  ofSource(source: string, range: { readonly handled: number; readonly generation: number }): Promise<readonly OpenPush[]>;
  /** An environment moves to a revision. One to which it was moved before opens nothing, unless `forced`. */
  open(environment: string, move: Move): Promise<void>;
  /** Oldest first. */
  list(environment: string): Promise<readonly OpenPush[]>;
  close(environment: string, ids: readonly string[]): Promise<void>;
}

/** Nobody can follow more, and a frozen environment collects them for months. */
const mostOpen = 200;

const openScript = `
local before = redis.call('GET', KEYS[2])
redis.call('SET', KEYS[2], ARGV[1])
if before == ARGV[1] and ARGV[2] == '0' then return 0 end
for i = 6, #ARGV, 2 do redis.call('ZADD', KEYS[1], 'NX', ARGV[i + 1], ARGV[i]) end
for i = 3, #KEYS do
  redis.call('HSET', KEYS[i], ARGV[4], 'open')
  redis.call('EXPIRE', KEYS[i], ARGV[5])
end
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[3]))
return 1`;

export function createPushes(redis: Redis): Pushes {
  return {
    ofSource: async (source, { handled, generation }) => {
      const ids = await openDeliveries(redis, source, generation, handled);
      const told = await Promise.all(ids.slice(-mostOpen).map((id) => readDelivery(redis, source, id)));
      return told.flatMap((delivery) => (delivery ? [{ id: delivery.id, at: delivery.receivedAt }] : []));
    },
    open: async (environment, { revision, pushes, source, forced }) => {
      const outcomes = source === undefined ? [] : pushes.map(({ id }) => keys.deliveryOutcomes(source, id));
      const touched = [keys.pushes(environment), keys.pushed(environment), ...outcomes];
      const fields = pushes.flatMap(({ id, at }) => [id, at]);
      await redis.eval(openScript, touched.length, ...touched, revision, forced ? '1' : '0', mostOpen, environment, keptSeconds, ...fields);
    },
    list: async (environment) => {
      const found = await redis.zrange(keys.pushes(environment), '-inf', '+inf', 'BYSCORE', 'WITHSCORES');
      return Array.from({ length: found.length / 2 }, (_, i) => ({ id: found[2 * i] ?? '', at: Number(found[2 * i + 1]) }));
    },
    close: async (environment, ids) => {
      if (ids.length > 0) await redis.zrem(keys.pushes(environment), ...ids);
    },
  };
}
