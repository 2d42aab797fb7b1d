import type { Job } from 'bullmq';
import { messageOf, WindlassError } from '../errors.ts';
import { createKeyedLock } from '../keyed-lock.ts';
import type { Log } from '../log.ts';
import type { StepResult } from '../model/step.ts';
import type { StepProgress } from '../model/step-progress.ts';
import { type AgentJob, type AgentRequest, agentJob, agentQueue, type StepOrder, type StepSignal } from './agent-jobs.ts';
import { keys, stepsChannel } from './keys.ts';
import type { Redis } from './redis.ts';
import { resetQueue } from './reset.ts';
import { startSession } from './session.ts';
import { createSlots, type Slot } from './slots.ts';
import { createWords } from './words.ts';
import { type Consumer, startWorker } from './worker.ts';

export interface StepContext {
  /** Aborted when the controller gave the step up, the job's lock is lost or the agent stops. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly progress: StepProgress;
}

export interface ConsumeStepsDependencies {
  /** Of the role `worker`. */
  readonly redis: Redis;
  readonly host: string;
  /** This agent process: a new one has a new session. */
  readonly session: string;
  /** May answer with a failure or throw one; anything thrown becomes the answer. */
  readonly handler: (order: StepOrder, context: StepContext) => Promise<StepResult>;
  readonly onRequest: (request: AgentRequest, context: StepContext) => Promise<void>;
  /** How many steps run at a time; requests come on top. */
  readonly concurrency: number;
  readonly log: Log;
  readonly now: () => number;
}

/** Requests, and steps that are held or watched, take no place of those that work. */
const waitingOnTop = 2_048;
const givenUpPollMs = 500;
/** How long a step is held where its order does not say. */
const leastHeldMs = 50_000;

/**
 * The agent's side: clears its host's queue (what is there belongs to runs that plan again), then says that it serves the
 * host and takes steps and requests until closed.
 */
export async function consumeSteps(dependencies: ConsumeStepsDependencies): Promise<Consumer> {
  const { redis, host, session, concurrency, log } = dependencies;
  const queue = agentQueue(host);
  await resetQueue(redis, queue);
  const beating = await startSession(redis, { host, session, log });
  const running = new Map<string, AbortController>();
  const givenUp = watchGivenUp(redis, running, log);
  const slots = createSlots(concurrency);
  const inTurn = createKeyedLock();
  const words = createWords(redis, log);
  const progressOf = (id: string, asked: AgentJob, slot: Slot): StepProgress => ({
    onlyWaits: slot.leave,
    heldMs: heldMsOf(asked),
    verified: () => tell(redis, { job: id, state: 'verified' }, log),
    held: async (signal) => {
      if (asked.type !== 'step' || !asked.order.hold) return 'go';
      slot.leave();
      const onWaiting = () => tell(redis, { job: id, state: 'held' }, log);
      const word = await words.heard(id, { withinMs: heldMsOf(asked), signal, onWaiting });
      await slot.take();
      return word;
    },
  });
  const worker = startWorker({
    redis,
    queue,
    concurrency: concurrency + waitingOnTop,
    log,
    onEnded: (job) => tell(redis, { job, state: 'ended' }, log),
    process: async (job, aborted) => {
      const id = String(job.id);
      const parsed = agentJob.safeParse(job.data);
      if (!parsed.success) throw new Error(`not a job that this agent knows: ${parsed.error.message}`);
      if (parsed.data.session !== session) throw new Error('it was meant for an earlier agent process');
      const { type } = parsed.data;
      const mine = new AbortController();
      const signal = AbortSignal.any([aborted, mine.signal]);
      const work = (slot: Slot) => perform(dependencies, job, parsed.data, { signal, progress: progressOf(id, parsed.data, slot) });
      // A job whose lock was lost comes again while its first run is still on its way out.
      return inTurn(id, async () => {
        running.set(id, mine);
        try {
          return await (type === 'step' ? slots.run(work) : work(noSlot));
        } finally {
          running.delete(id);
        }
      });
    },
  });
  return {
    close: async (graceMs) => {
      await worker.close(graceMs);
      givenUp.stop();
      words.close();
      await beating.stop();
    },
  };
}

const heldMsOf = (asked: AgentJob): number => (asked.type === 'step' ? (asked.order.heldMs ?? leastHeldMs) : leastHeldMs);

async function perform(
  dependencies: ConsumeStepsDependencies,
  job: Job,
  asked: AgentJob,
  { signal, progress }: Omit<StepContext, 'log'>,
): Promise<StepResult> {
  const { redis, handler, onRequest, log, now } = dependencies;
  const startedAt = now();
  const context = { signal, progress, log: log.child({ job: job.id }) };
  tell(redis, { job: String(job.id), state: 'running' }, log);
  try {
    signal.throwIfAborted();
    if (asked.type === 'step') return await handler(asked.order, context);
    await onRequest(asked.request, context);
    return { ok: true, ms: now() - startedAt };
  } catch (error) {
    return failureOf(error, now() - startedAt);
  }
}

function failureOf(error: unknown, ms: number): StepResult {
  const known = error instanceof WindlassError ? error : undefined;
  return {
    ok: false,
    ms,
    error: {
      code: known?.code ?? 'unexpected',
      message: messageOf(error),
      ...(known?.output === undefined ? {} : { output: known.output }),
    },
  };
}

function tell(redis: Redis, signal: StepSignal, log: Log): void {
  redis.publish(stepsChannel, JSON.stringify(signal)).catch((error: unknown) => log.debug({ error: messageOf(error) }, 'not told'));
}

const noSlot: Slot = { leave: () => {}, take: async () => {} };

/** Aborts what the controller gave up. */
function watchGivenUp(redis: Redis, running: ReadonlyMap<string, AbortController>, log: Log): { readonly stop: () => void } {
  const look = async () => {
    const ids = [...running.keys()];
    if (ids.length === 0) return;
    const marks = await redis.mget(ids.map(keys.givenUp));
    ids.forEach((id, at) => {
      if (marks[at]) running.get(id)?.abort(new WindlassError('fenced', 'the controller gave the step up'));
    });
  };
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: unknown) => log.debug({ error: messageOf(error) }, 'steps given up not read'))
      .finally(() => {
        looking = false;
      });
  }, givenUpPollMs);
  return { stop: () => clearInterval(timer) };
}
