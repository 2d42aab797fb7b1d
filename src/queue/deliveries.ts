import { WindlassError } from '../errors.ts';
import { keys } from './keys.ts';
import { guarded, parseInfo, type Redis } from './redis.ts';
import { sourceTarget } from './targets.ts';
import { raiseFunction } from './wanted.ts';
import { within } from './within.ts';

export type DeliveryState = 'accepted' | 'deployed' | 'failed';

export interface DeliveryRecord {
  readonly source: string;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly state: DeliveryState;
  /** The generation of the source's target that it raised. */
  readonly generation: number;
}

/** Git hosts offer a redelivery for at most this long. */
export const keptSeconds = 7 * 24 * 3600;
/** Of those not marked yet; older ones stay known, but nobody waits for their outcome. */
const mostOpen = 1_000;
/** Beyond this share of maxmemory deliveries are refused: a full Redis cannot even drain its queues. */
const pressure = 0.85;
const patienceMs = 1_800;

const acceptScript = `${raiseFunction}
local state = redis.call('HGET', KEYS[1], 'state')
if state and state ~= 'failed' then return 0 end
-- One that failed and is sent again shall be tried again, though nothing has moved.
local generation = raise(KEYS[2], KEYS[3], KEYS[4], ARGV[1], 'push', state and '1' or '0')
redis.call('HSET', KEYS[1], 'source', ARGV[2], 'id', ARGV[3], 'receivedAt', ARGV[4], 'state', 'accepted', 'generation', generation)
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('DEL', KEYS[6])
redis.call('ZADD', KEYS[5], generation, ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - tonumber(ARGV[6]))
return generation`;

/**
 * Accepts a delivery once: in one atomic step it becomes known and the source's target is raised. `seen`: it was accepted
 * before and has not failed. WindlassError `redis`, not permanent, within two seconds when Redis is away or nearly full.
 * Needs a connection of the role `producer`.
 */
export async function acceptDelivery(
  redis: Redis,
  { source, id, now }: { readonly source: string; readonly id: string; readonly now: number },
): Promise<'accepted' | 'seen'> {
  return guarded(`delivery for "${source}" not accepted`, async () => {
    let answer: 'accepted' | 'seen' | undefined;
    const accept = async () => {
      await refuseUnderPressure(redis);
      const target = sourceTarget(source);
      const touched = [
        keys.delivery(source, id),
        keys.wanted(target),
        keys.targets,
        keys.unsettled,
        keys.openDeliveries(source),
        keys.deliveryOutcomes(source, id),
      ];
      const generation = await redis.eval(acceptScript, touched.length, ...touched, target, source, id, now, keptSeconds, mostOpen);
      answer = generation === 0 ? 'seen' : 'accepted';
    };
    // Each command has a bound of its own, but there are two of them.
    await within(accept(), patienceMs);
    if (answer === undefined) throw new Error('it does not answer');
    return answer;
  });
}

async function refuseUnderPressure(redis: Redis): Promise<void> {
  const info = parseInfo(await redis.info('memory'));
  const limit = Number(info.get('maxmemory') ?? 0);
  const used = Number(info.get('used_memory') ?? 0);
  if (limit > 0 && used > limit * pressure) {
    throw new WindlassError(
      'redis',
      `delivery not accepted: Redis has used ${Math.round((used / limit) * 100)} % of its maxmemory; give it more (CONFIG SET maxmemory) or wait until its queues have drained`,
      { permanent: false },
    );
  }
}

/** Ids of the source's accepted deliveries without an outcome that raised it to at most `generation` (and beyond `after`), oldest first. */
export async function openDeliveries(redis: Redis, source: string, generation: number, after = 0): Promise<readonly string[]> {
  return redis.zrangebyscore(keys.openDeliveries(source), `(${after}`, generation);
}

/** Undefined where it is not known, or no longer. */
export async function readDelivery(redis: Redis, source: string, id: string): Promise<DeliveryRecord | undefined> {
  const fields = await redis.hgetall(keys.delivery(source, id));
  if (!fields.id) return undefined;
  return {
    source,
    id,
    receivedAt: Number(fields.receivedAt),
    state: fields.state === 'failed' || fields.state === 'deployed' ? fields.state : 'accepted',
    generation: Number(fields.generation),
  };
}
