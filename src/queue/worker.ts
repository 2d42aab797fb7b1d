import { type Job, Worker } from 'bullmq';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { queuePrefix } from './keys.ts';
import type { Redis } from './redis.ts';
import { within } from './within.ts';

export interface Consumer {
  /** Takes no more jobs, waits `graceMs` (20 s by default) for those that run, then aborts their signals and waits 5 s more. */
  close(graceMs?: number): Promise<void>;
}

export interface WorkerDependencies {
  /** Of the role `worker`; stays the caller's to close. */
  readonly redis: Redis;
  readonly queue: string;
  readonly process: (job: Job, signal: AbortSignal) => Promise<unknown>;
  readonly concurrency: number;
  /** The outcome of this job, or of this attempt, is in Redis. */
  readonly onEnded?: (id: string) => void;
  readonly log: Log;
  /** A worker that has not renewed its lock for so long is taken for dead; 10 s by default. */
  readonly lockMs?: number;
  /** Aborted: takes no more jobs and aborts those that run. */
  readonly signal?: AbortSignal;
}

const afterAbortMs = 5_000;

/** A BullMQ worker with windlass's bounds: a dead one is replaced within seconds, and no number of deaths fails a job for good. */
export function startWorker({ redis, queue, process, concurrency, onEnded, log, lockMs = 10_000, signal }: WorkerDependencies): Consumer {
  // BullMQ hands over a signal only if the processor declares three parameters.
  const worker = new Worker(queue, async (job: Job, _token?: string, aborted?: AbortSignal) => process(job, aborted ?? never), {
    connection: redis,
    prefix: queuePrefix,
    concurrency,
    lockDuration: lockMs,
    // It takes two looks: one marks what runs, the next takes over what was marked and has no lock any more.
    stalledInterval: lockMs / 4,
    maxStalledCount: 1_000_000_000,
    // BullMQ would wait 15 s after an error of the connection, though Redis may be back by then for long.
    runRetryDelay: 1_000,
    settings: { backoffStrategy: retryPauseMs },
  });
  worker.on('error', (error) => log.debug({ queue, error: error.message }, 'worker error'));
  worker.on('lockRenewalFailed', (ids) => {
    log.warn({ queue, jobs: ids }, 'lock of running jobs lost');
    for (const id of ids) worker.cancelJob(id, 'its lock was lost');
  });
  worker.on('completed', (job) => onEnded?.(String(job.id)));
  worker.on('failed', (job) => job && onEnded?.(String(job.id)));
  let closing: Promise<void> | undefined;
  const close = async (graceMs: number) => {
    const closed = worker.close().catch((error: unknown) => log.warn({ queue, error: messageOf(error) }, 'worker not closed'));
    if (await within(closed, graceMs)) return;
    worker.cancelAllJobs('windlass stops');
    if (!(await within(closed, afterAbortMs))) log.warn({ queue }, 'jobs still run after they were aborted');
  };
  const consumer: Consumer = {
    close: (graceMs = 20_000) => {
      closing ??= close(graceMs);
      return closing;
    },
  };
  signal?.addEventListener('abort', () => void consumer.close(0), { once: true });
  return consumer;
}

const never = new AbortController().signal;

/** 1 s, 2 s, 4 s … 1 min. */
export function retryPauseMs(attempts: number): number {
  return Math.min(1_000 * 2 ** Math.min(attempts - 1, 10), 60_000);
}
