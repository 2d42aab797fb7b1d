import type { Trigger } from '../model/deployment.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';
import { isTarget, type Target } from './targets.ts';

/**
 * What is wanted, level-triggered: a generation per target that only rises, and up to which one it has been handled.
 * This is the truth that no restart loses; jobs only save waiting for the sweeper.
 */
export interface WantedStore {
  /** One more generation, which is the answer. `forced`: even if nothing seems to have changed. */
  raise(target: Target, reason: { readonly trigger: Trigger; readonly forced?: boolean }): Promise<number>;
  /** A target that was never raised has generation 0. */
  read(target: Target): Promise<WantedRecord>;
  /** Handled up to that generation; never lowers, never goes beyond what was raised. */
  settle(target: Target, generation: number): Promise<void>;
  /** Those with a generation not yet handled. */
  unsettled(): Promise<readonly Target[]>;
  list(): Promise<readonly WantedRecord[]>;
  /** The target is no more: its application has left the repository. */
  forget(target: Target): Promise<void>;
}

export interface WantedRecord {
  readonly target: Target;
  readonly generation: number;
  readonly handled: number;
  /** The strongest among those not yet handled (a person's before a push before a discovery); once all are, the last. */
  readonly trigger: Trigger;
  /** One of those not yet handled was forced. */
  readonly forced: boolean;
  /** Epoch milliseconds, by Redis's clock, of the first raise that is not handled; undefined once all are. */
  readonly since: number | undefined;
}

/** The strongest first: what history names as the cause where several came together. */
const strongestFirst = ['rollback', 'manual', 'push', 'poll', 'drift', 'discovery'] as const satisfies readonly Trigger[];

/** Lua of a function that raises, for every script that does. */
export const raiseFunction = `
local function raise(record, targets, unsettled, target, trigger, forced)
  local generation = redis.call('HINCRBY', record, 'generation', 1)
  if generation - 1 <= tonumber(redis.call('HGET', record, 'handled') or '0') then
    local time = redis.call('TIME')
    redis.call('HSET', record, 'since', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
  end
  redis.call('HSET', record, 'trigger:' .. trigger, generation)
  if forced == '1' then redis.call('HSET', record, 'forced', generation) end
  redis.call('SADD', targets, target)
  redis.call('SADD', unsettled, target)
  return generation
end
`;

const raiseScript = `${raiseFunction}
return raise(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3])`;

const settleScript = `
local generation = tonumber(redis.call('HGET', KEYS[1], 'generation') or '0')
if generation == 0 then return 0 end
local handled = tonumber(redis.call('HGET', KEYS[1], 'handled') or '0')
handled = math.max(handled, math.min(tonumber(ARGV[2]), generation))
redis.call('HSET', KEYS[1], 'handled', handled)
if handled == generation then redis.call('SREM', KEYS[2], ARGV[1]) end
return handled`;

export function createWanted(redis: Redis): WantedStore {
  const read = async (target: Target) => toRecord(target, await redis.hgetall(keys.wanted(target)));
  return {
    raise: async (target, { trigger, forced = false }) =>
      Number(await redis.eval(raiseScript, 3, keys.wanted(target), keys.targets, keys.unsettled, target, trigger, forced ? '1' : '0')),
    read,
    settle: async (target, generation) => {
      await redis.eval(settleScript, 2, keys.wanted(target), keys.unsettled, target, generation);
    },
    unsettled: async () => (await redis.smembers(keys.unsettled)).filter(isTarget).sort(),
    list: async () => Promise.all((await redis.smembers(keys.targets)).filter(isTarget).sort().map(read)),
    forget: async (target) => {
      await redis.multi().del(keys.wanted(target)).srem(keys.targets, target).srem(keys.unsettled, target).exec();
    },
  };
}

function toRecord(target: Target, fields: Readonly<Record<string, string>>): WantedRecord {
  const handled = Number(fields.handled ?? 0);
  const raisedBy = strongestFirst.map((trigger) => ({ trigger, at: Number(fields[`trigger:${trigger}`] ?? 0) }));
  const open = raisedBy.find(({ at }) => at > handled);
  const last = raisedBy.reduce((newest, one) => (one.at > newest.at ? one : newest));
  const generation = Number(fields.generation ?? 0);
  return {
    target,
    generation,
    handled,
    trigger: (open ?? last).trigger,
    forced: Number(fields.forced ?? 0) > handled,
    since: generation > handled && fields.since !== undefined ? Number(fields.since) : undefined,
  };
}
