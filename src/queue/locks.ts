import { randomUUID } from 'node:crypto';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

export interface Lock {
  /** Aborted once somebody else holds it. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface Claim {
  /** `keys.controller` or `keys.agent(host)`. */
  readonly key: string;
  /** Kept in the state directory: the same holder takes its lock over at once after a crash. Without spaces. */
  readonly holder: string;
  readonly ttlMs: number;
  /** For messages: "the controller of this Redis". */
  readonly what: string;
  readonly log: Log;
}

const claimScript = `
local found = redis.call('GET', KEYS[1])
if found and string.sub(found, 1, #ARGV[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`;

/** A key that is gone was nobody's since: it ran out during an outage, and is taken again. */
const renewScript = `
local found = redis.call('GET', KEYS[1])
if found and found ~= ARGV[1] .. ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`;

const releaseScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

/** Holds a name for one process at a time; WindlassError `locked` when another holder has it. Renewed until released or lost. */
export async function claim(redis: Redis, { key, holder, ttlMs, what, log }: Claim): Promise<Lock> {
  // Of two processes with the same holder the second wins, and the first notices when it renews.
  const [prefix, instance] = [`${holder} `, randomUUID()];
  if (!(await redis.eval(claimScript, 1, key, prefix, instance, ttlMs))) {
    const other = (await redis.get(key))?.split(' ')[0] ?? 'unknown';
    throw new WindlassError(
      'locked',
      `${what} is already running elsewhere (holder ${other}): stop that one, or wait ${Math.ceil(ttlMs / 1000)} s if it has died`,
    );
  }
  const lost = new AbortController();
  const renew = async () => {
    if (await redis.eval(renewScript, 1, key, prefix, instance, ttlMs)) return;
    clearInterval(timer);
    lost.abort(new WindlassError('locked', `${what} was taken over by another process`));
  };
  const timer = setInterval(() => {
    renew().catch((error: unknown) => log.warn({ key, error: messageOf(error) }, 'lock not renewed'));
  }, ttlMs / 3);
  return {
    lost: lost.signal,
    release: async () => {
      clearInterval(timer);
      await redis.eval(releaseScript, 1, key, prefix + instance);
    },
  };
}

const fenceScript = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local token = string.format('%.0f', math.max(now, last + 1))
redis.call('SET', KEYS[1], token)
return token`;

/**
 * A token greater than every one before, also than those from before the loss of Redis's data: agents remember the newest
 * they saw, and would refuse everything from a counter that began at 1 again.
 */
export async function nextFence(redis: Redis): Promise<number> {
  return Number(await redis.eval(fenceScript, 1, keys.fence));
}
