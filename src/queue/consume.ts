import { UnrecoverableError } from 'bullmq';
import type { z } from 'zod';
import { messageOf, WindlassError } from '../errors.ts';
import { createKeyedLock } from '../keyed-lock.ts';
import type { Log } from '../log.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';
import { type Consumer, startWorker } from './worker.ts';

export interface JobContext {
  /** Aborted when this run's lock is lost or windlass stops: from then on nothing may be changed. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export interface ConsumeDependencies<T> {
  /** Of the role `worker`. */
  readonly redis: Redis;
  readonly queue: string;
  readonly schema: z.ZodType<T>;
  readonly handler: (payload: T, context: JobContext) => Promise<void>;
  readonly concurrency: number;
  /** What a key's job says is forgotten once it is done: for keys that do not come again. */
  readonly once?: boolean;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Runs the jobs of one of the controller's queues, equal keys one after another. A WindlassError that is permanent ends
 * the job, anything else is tried again after growing pauses (1 s to 1 min), without end.
 */
export function consume<T>({ redis, queue, schema, handler, concurrency, once = false, log, signal }: ConsumeDependencies<T>): Consumer {
  const inTurn = createKeyedLock();
  return startWorker({
    redis,
    queue,
    concurrency,
    log,
    ...(signal ? { signal } : {}),
    process: async (job, aborted) => {
      const key: string = String(job.data.key);
      const jobLog = log.child({ queue, key });
      await inTurn(key, async () => {
        if (aborted.aborted) throw new WindlassError('fenced', `the run of ${key} was given up before it began`, { permanent: false });
        try {
          const text = await redis.get(keys.payload(queue, key));
          // A second job of the key found nothing newer to say.
          if (text === null && once) return;
          await handler(parsePayload(text, queue, key, schema), { signal: aborted, log: jobLog });
          if (once && text !== null) await redis.eval(forgetScript, 1, keys.payload(queue, key), text);
        } catch (error) {
          throw forBullMQ(error, jobLog, job.attemptsMade + 1);
        }
      });
    },
  });
}

/** Unless it says something else by now, which another job will find. */
const forgetScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

function parsePayload<T>(text: string | null, queue: string, key: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(text === null ? undefined : JSON.parse(text));
  if (!parsed.success) throw new WindlassError('redis', `the job ${key} of ${queue} cannot be read: ${parsed.error.message}`);
  return parsed.data;
}

function forBullMQ(error: unknown, log: Log, attempt: number): Error {
  const message = messageOf(error);
  if (error instanceof WindlassError && error.permanent) {
    log.error({ code: error.code, error: message }, 'job failed');
    return new UnrecoverableError(message);
  }
  log.warn({ error: message, attempt }, 'job failed, to be tried again');
  return error instanceof Error ? error : new Error(message);
}
