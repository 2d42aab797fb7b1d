import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type StepResult, stepResult } from '../model/step.ts';
import type { Word } from '../model/step-progress.ts';
import { type AgentJob, agentJob } from './agent-jobs.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';
import { createSessionWatch } from './session.ts';
import type { StepSignals } from './step-signals.ts';
import { sayWord } from './words.ts';

export interface AskDependencies {
  readonly redis: Redis;
  readonly log: Log;
  readonly now: () => number;
  readonly queueOf: (host: string) => Queue;
  readonly signals: StepSignals;
}

const pollMs = 1_000;

interface Ask {
  readonly host: string;
  readonly jobFor: (session: string) => AgentJob;
  readonly signal: AbortSignal;
  readonly onState?: (state: StepState) => void;
  readonly onHeld?: (say: (word: Word) => Promise<void>) => void;
}

/** How far a step is, before its result. */
export type StepState = 'queued' | 'running' | 'verified';

/** Puts one job on a host's queue and awaits its result; gives it up when its agent is gone or the signal is aborted. */
export async function askAgent(asking: AskDependencies, order: Ask): Promise<StepResult> {
  order.signal.throwIfAborted();
  // All steps of a wave listen to one signal, and Node warns from the eleventh on.
  setMaxListeners(0, order.signal);
  const id = randomUUID();
  const bell = createBell();
  const stopListening = asking.signals.listen(id, (state) => {
    if (state === 'ended') bell.ring();
    else if (state === 'held') order.onHeld?.((word) => sayWord(asking.redis, id, word));
    else order.onState?.(state);
  });
  try {
    return await orAborted(awaitResult(asking, order, id, bell), order.signal);
  } catch (error) {
    // Not awaited: with Redis away it would wait for it, and whoever gave up would too.
    void giveUp(asking, order.host, id);
    throw error;
  } finally {
    stopListening();
  }
}

async function awaitResult(
  { redis, queueOf, now, log }: AskDependencies,
  { host, jobFor, signal, onState }: Ask,
  id: string,
  bell: Bell,
): Promise<StepResult> {
  const session = await sessionOf(redis, host, signal);
  const over = createSessionWatch(host, session);
  await queueOf(host).add('job', agentJob.parse(jobFor(session)), { jobId: id });
  onState?.('queued');
  for (;;) {
    await bell.rung(pollMs);
    signal.throwIfAborted();
    const found: Job | undefined = await queueOf(host).getJob(id);
    if (found?.finishedOn) {
      // Its outputs may hold a secret that only the controller can mask: they do not stay in Redis.
      found.remove().catch((error: unknown) => log.debug({ host, job: id, error: messageOf(error) }, 'result not removed'));
      return answerOf(host, found);
    }
    const reason = over(await redis.get(keys.session(host)), now());
    if (reason) throw lost(reason);
    if (!found) throw lost(`the agent of host ${host} has dropped the step`);
  }
}

/** Who serves the host; for some seconds after an outage of Redis nobody seems to. */
async function sessionOf(redis: Redis, host: string, signal: AbortSignal): Promise<string> {
  for (let tries = 0; tries < 10; tries++) {
    const session = await redis.get(keys.session(host));
    if (session) return session;
    await sleep(500, undefined, { signal });
  }
  throw lost(`the agent of host ${host} does not answer`);
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function answerOf(host: string, job: Job): StepResult {
  if (job.failedReason) throw lost(`the agent of host ${host} could not take the step: ${job.failedReason}`);
  const { data, error } = stepResult.safeParse(job.returnvalue);
  if (!data) throw lost(`the agent of host ${host} gave an answer that cannot be read: ${error.message}`);
  return data;
}

/** A job that runs cannot be removed: its agent finds the mark within a second and aborts it. */
async function giveUp({ redis, queueOf, log }: AskDependencies, host: string, id: string): Promise<void> {
  try {
    await redis.set(keys.givenUp(id), '1', 'EX', 3_600);
    const job: Job | undefined = await queueOf(host).getJob(id);
    if (job && !job.finishedOn) await job.remove();
  } catch (error) {
    log.debug({ host, job: id, error: messageOf(error) }, 'step given up while it runs');
  }
}

const lost = (message: string) => new WindlassError('host-lost', message, { permanent: false });

/** Ends a wait early: when the agent has said that there is something to read. */
interface Bell {
  ring(): void;
  rung(withinMs: number): Promise<void>;
}

function createBell(): Bell {
  let wake = () => {};
  let rang = false;
  return {
    ring: () => {
      rang = true;
      wake();
    },
    rung: (withinMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => wake(), rang ? 0 : withinMs);
        wake = () => {
          clearTimeout(timer);
          rang = false;
          resolve();
        };
      }),
  };
}
