import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, Queue } from 'bullmq';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Fence, type Step, type StepResult, stepResult } from '../model/step.ts';
import { type AgentJob, type AgentRequest, agentJob, agentQueue } from './agent-jobs.ts';
import { keys, queuePrefix } from './keys.ts';
import type { Redis } from './redis.ts';
import { createSessionWatch } from './session.ts';
import { createStepSignals, type StepSignals } from './step-signals.ts';
import { within } from './within.ts';

/** The controller's side of the agents' queues. */
export interface StepQueue {
  /**
   * Has the host's agent do a step and answers with its result, also when the step failed. Rejects with WindlassError
   * `host-lost` when that agent process is gone or was replaced, and with the signal's reason once that is aborted; both
   * give the step up: it is removed, or its handler's signal aborted.
   */
  run(order: {
    readonly host: string;
    readonly step: Step;
    readonly fence: Fence;
    readonly deployment: string;
    readonly signal: AbortSignal;
    readonly onState?: (state: 'queued' | 'running') => void;
  }): Promise<StepResult>;
  /** The same for what is not a step; resolves when the agent is done with it. */
  request(order: { readonly host: string; readonly request: AgentRequest; readonly signal: AbortSignal }): Promise<StepResult>;
  close(): Promise<void>;
}

export interface StepQueueDependencies {
  /** Of the role `worker`; stays the caller's to close. */
  readonly redis: Redis;
  readonly log: Log;
  readonly now: () => number;
}

interface Asking extends StepQueueDependencies {
  readonly queueOf: (host: string) => Queue;
  readonly signals: StepSignals;
}

const pollMs = 1_000;
const closeMs = 2_000;
/** Results are read at once; what nobody read goes with the next ones. */
const kept = { age: 600, count: 200 } as const;

export function createStepQueue({ redis, log, now }: StepQueueDependencies): StepQueue {
  const queues = new Map<string, Queue>();
  const queueOf = (host: string) => {
    const queue = queues.get(host) ?? open(redis, host, log);
    queues.set(host, queue);
    return queue;
  };
  const signals = createStepSignals(redis, log);
  const asking = { redis, log, now, queueOf, signals };
  return {
    run: ({ host, step, fence, deployment, signal, onState }) =>
      ask(asking, {
        host,
        signal,
        jobFor: (session) => ({ type: 'step', session, order: { step, fence, deployment } }),
        ...(onState ? { onState } : {}),
      }),
    request: ({ host, request, signal }) => ask(asking, { host, signal, jobFor: (session) => ({ type: 'request', session, request }) }),
    close: async () => {
      signals.close();
      await within(Promise.allSettled([...queues.values()].map((queue) => queue.close())), closeMs);
    },
  };
}

function open(redis: Redis, host: string, log: Log): Queue {
  const queue = new Queue(agentQueue(host), {
    connection: redis,
    prefix: queuePrefix,
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: { attempts: 1, removeOnComplete: kept, removeOnFail: kept },
  });
  queue.on('error', (error) => log.debug({ host, error: error.message }, 'queue error'));
  return queue;
}

interface Ask {
  readonly host: string;
  readonly jobFor: (session: string) => AgentJob;
  readonly signal: AbortSignal;
  readonly onState?: (state: 'queued' | 'running') => void;
}

async function ask(asking: Asking, order: Ask): Promise<StepResult> {
  order.signal.throwIfAborted();
  // All steps of a wave listen to one signal, and Node warns from the eleventh on.
  setMaxListeners(0, order.signal);
  const id = randomUUID();
  const bell = createBell();
  const stopListening = asking.signals.listen(id, (state) => (state === 'running' ? order.onState?.('running') : bell.ring()));
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
  { redis, queueOf, now }: Asking,
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
    if (found?.finishedOn) return answerOf(host, found);
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
async function giveUp({ redis, queueOf, log }: Asking, host: string, id: string): Promise<void> {
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
