import { keys } from './keys.ts';
import type { Redis } from './redis.ts';
import { sourceTarget } from './targets.ts';

export type DeliveryOutcome = 'deployed' | 'failed';

/** One of the deliveries of a source. */
export interface NamedDelivery {
  readonly source: string;
  readonly id: string;
}

const fareScript = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`;

/**
 * Until its source's fetch has ended, nobody knows which environments a delivery moves. Of those that there are (from the third
 * argument on) the worst decides; one that is declared no more has no say.
 */
const concludeScript = `
local generation = tonumber(redis.call('HGET', KEYS[1], 'generation') or '0')
if generation > tonumber(redis.call('HGET', KEYS[4], 'handled') or '0') then return 0 end
local outcome = redis.call('EXISTS', KEYS[2]) == 1 and 'deployed' or ARGV[2]
for i = 3, #ARGV do
  local fared = redis.call('HGET', KEYS[2], ARGV[i])
  if fared == 'open' then return 0 end
  if fared == 'failed' then outcome = 'failed' end
end
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'state', outcome) end
return 1`;

/** Notes how an environment has fared with a delivery; false where the delivery did not move it. */
export async function noteOutcome(
  redis: Redis,
  { source, id }: NamedDelivery,
  environment: string,
  outcome: DeliveryOutcome,
): Promise<boolean> {
  return (await redis.eval(fareScript, 1, keys.deliveryOutcomes(source, id), environment, outcome)) === 1;
}

export interface Conclusion {
  /** All there are. */
  readonly environments: readonly string[];
  /** What becomes of a delivery that moved none of them. */
  readonly otherwise: DeliveryOutcome;
}

/**
 * Gives a delivery its outcome once no environment that it moved is still on the way: failed where one has failed, and then it is
 * accepted again when it is sent again.
 */
export async function concludeDelivery(redis: Redis, { source, id }: NamedDelivery, conclusion: Conclusion): Promise<void> {
  const { environments, otherwise } = conclusion;
  const target = sourceTarget(source);
  const touched = [keys.delivery(source, id), keys.deliveryOutcomes(source, id), keys.openDeliveries(source), keys.wanted(target)];
  await redis.eval(concludeScript, touched.length, ...touched, id, otherwise, ...environments);
}

const failScript = `
if redis.call('EXISTS', KEYS[2]) == 1 then return end
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'state', 'failed') end`;

/** Gives a delivery that moved no environment its outcome: it is accepted again when it is sent again. */
export async function failDelivery(redis: Redis, { source, id }: NamedDelivery): Promise<void> {
  const touched = [keys.delivery(source, id), keys.deliveryOutcomes(source, id), keys.openDeliveries(source)];
  await redis.eval(failScript, touched.length, ...touched, id);
}
