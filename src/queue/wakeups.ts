import { Queue } from 'bullmq';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { jobSchemas, type Payload, type QueueCounts, type QueueName, queueNames } from './jobs.ts';
import { keys, queuePrefix } from './keys.ts';
import type { Redis } from './redis.ts';
import { resetQueue } from './reset.ts';
import { within } from './within.ts';

/** Puts jobs on the controller's queues. One job per key and queue waits or runs, and one more follows a running one. */
export interface Wakeups {
  /**
   * Has a consumer run `payload` soon. `patient`: leave the pause before a retry as it is (the sweeper's way). Rejects with
   * WindlassError `redis` within two seconds when Redis is away; what is wanted is found by the sweeper all the same.
   */
  wake<Q extends QueueName>(queue: Q, key: string, payload: Payload<Q>, options?: { readonly patient?: boolean }): Promise<void>;
  /** Empties a queue before it is consumed: what is wanted is kept elsewhere. Not for `reports`, whose payloads are not. */
  resetQueue(queue: QueueName): Promise<void>;
  counts(queue: QueueName): Promise<QueueCounts>;
  close(): Promise<void>;
}

const keptSeconds = 7 * 24 * 3600;
const patienceMs = 1_800;

/** Needs a connection of the role `producer`, which stays the caller's to close. */
export function createWakeups({ redis, log }: { readonly redis: Redis; readonly log: Log }): Wakeups {
  const queues = new Map(queueNames.map((name) => [name, open(redis, name, log)]));
  const queueOf = (name: QueueName) => {
    const queue = queues.get(name);
    if (!queue) throw new WindlassError('unknown-name', `there is no queue ${name}`);
    return queue;
  };
  return {
    wake: async (name, key, payload, { patient = false } = {}) => {
      const text = JSON.stringify(jobSchemas[name].parse(payload));
      const deduplication = { id: key, keepLastIfActive: true, ...(patient ? {} : { replace: true }) };
      await withinPatience(name, async () => {
        await redis.set(keys.payload(name, key), text, 'EX', keptSeconds);
        await queueOf(name).add(name, { key }, { deduplication });
      });
    },
    resetQueue: async (name) => void (await resetQueue(redis, name)),
    counts: (name) => countsOf(queueOf(name)),
    close: async () => void (await within(Promise.allSettled([...queues.values()].map((queue) => queue.close())), patienceMs)),
  };
}

export async function countsOf(queue: Queue): Promise<QueueCounts> {
  const { waiting = 0, active = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed');
  return { waiting, active, delayed };
}

function open(redis: Redis, name: QueueName, log: Log): Queue {
  const queue = new Queue(name, {
    connection: redis,
    prefix: queuePrefix,
    // Nobody reads the stream of events, and results have no reader: they would only fill Redis.
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: {
      attempts: 1_000_000_000,
      backoff: { type: 'custom' },
      removeOnComplete: true,
      removeOnFail: true,
    },
  });
  queue.on('error', (error) => log.debug({ queue: name, error: error.message }, 'queue error'));
  return queue;
}

/** BullMQ waits without a bound for a first connection. */
async function withinPatience(name: string, add: () => Promise<void>): Promise<void> {
  const fail = (reason: string, cause?: unknown) =>
    new WindlassError('redis', `no job was added to ${name}: ${reason}`, { permanent: false, cause });
  const added = await within(add(), patienceMs).catch((error: unknown) => {
    throw fail(messageOf(error), error);
  });
  if (!added) throw fail('Redis does not answer');
}
