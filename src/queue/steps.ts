import { Queue } from 'bullmq';
import type { Log } from '../log.ts';
import type { Fence, Step, StepResult } from '../model/step.ts';
import type { Word } from '../model/step-progress.ts';
import { type AgentRequest, agentQueue } from './agent-jobs.ts';
import { askAgent, type StepState } from './ask-agent.ts';
import type { QueueCounts } from './jobs.ts';
import { queuePrefix } from './keys.ts';
import type { Redis } from './redis.ts';
import { createStepSignals } from './step-signals.ts';
import { countsOf } from './wakeups.ts';
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
    readonly pushes?: readonly string[];
    readonly signal: AbortSignal;
    readonly onState?: (state: StepState) => void;
    /**
     * Has the step wait once its files are accepted, and gives what tells it how to go on; called again and again until it has
     * been told. A step that is not told in `heldMs`, 50 s where that is left out, is released.
     */
    readonly onHeld?: (say: (word: Word) => Promise<void>) => void;
    readonly heldMs?: number;
  }): Promise<StepResult>;
  /** The same for what is not a step; resolves when the agent is done with it. */
  request(order: { readonly host: string; readonly request: AgentRequest; readonly signal: AbortSignal }): Promise<StepResult>;
  counts(host: string): Promise<QueueCounts>;
  close(): Promise<void>;
}

export interface StepQueueDependencies {
  /** Of the role `worker`; stays the caller's to close. */
  readonly redis: Redis;
  readonly log: Log;
  readonly now: () => number;
}

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
    run: ({ host, step, fence, deployment, pushes, signal, onState, onHeld, heldMs }) =>
      askAgent(asking, {
        host,
        signal,
        jobFor: (session) => ({
          type: 'step',
          session,
          order: {
            step,
            fence,
            deployment,
            ...(pushes?.length ? { pushes: [...pushes] } : {}),
            ...(onHeld ? { hold: true, ...(heldMs === undefined ? {} : { heldMs }) } : {}),
          },
        }),
        ...(onState ? { onState } : {}),
        ...(onHeld ? { onHeld } : {}),
      }),
    request: ({ host, request, signal }) =>
      askAgent(asking, { host, signal, jobFor: (session) => ({ type: 'request', session, request }) }),
    counts: (host) => countsOf(queueOf(host)),
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
