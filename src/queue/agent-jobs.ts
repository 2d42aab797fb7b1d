import { z } from 'zod';
import { fence, step } from '../model/step.ts';

/** Things an agent is asked for besides steps; what it has to show goes to the controller's stream of that id. */
const agentRequest = z.discriminatedUnion('kind', [
  /** That agent and engine answer is all that is asked. */
  z.object({ kind: z.literal('answer') }),
  z.object({
    kind: z.literal('stream-logs'),
    stream: z.string(),
    container: z.string(),
    follow: z.boolean(),
    tail: z.number().int().nonnegative(),
  }),
  z.object({ kind: z.literal('examine'), stream: z.string() }),
  /** Brings the image that a tag names in its registry now. */
  z.object({ kind: z.literal('pull-image'), reference: z.string() }),
  z.object({ kind: z.literal('export-image'), stream: z.string(), reference: z.string() }),
  z.object({ kind: z.literal('read-file'), stream: z.string(), container: z.string(), targets: z.array(z.string().startsWith('/')) }),
  /** Gives up what no container uses and no deployment needs: images, networks and, where it is bounded, the cache of builds. */
  z.object({
    kind: z.literal('prune'),
    needed: z.array(z.string()),
    keep: z.record(z.string(), z.number().int().nonnegative()),
    otherwise: z.number().int().nonnegative(),
    /** In bytes. */
    buildCache: z.number().optional(),
  }),
]);
export type AgentRequest = Readonly<z.infer<typeof agentRequest>>;

/** A step with its place in the order of runs and the deployment it belongs to. */
const stepOrder = z.object({
  step,
  fence,
  deployment: z.string(),
  /** Ids of the pushes that led to it, for logs. */
  pushes: z.array(z.string()).optional(),
  /** Once its files are accepted, the step waits for the controller's word. */
  hold: z.boolean().optional(),
  /** For so many milliseconds at most; undefined: as long as one that waits for few others. */
  heldMs: z.number().int().positive().optional(),
});
export type StepOrder = Readonly<z.infer<typeof stepOrder>>;

/** A job on `agent.<host>`, meant for one agent process and no later one. */
export const agentJob = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), session: z.string(), order: stepOrder }),
  z.object({ type: z.literal('request'), session: z.string(), request: agentRequest }),
]);
export type AgentJob = Readonly<z.infer<typeof agentJob>>;

export const agentQueue = (host: string): string => `agent.${host}`;

/** What an agent says on `stepsChannel`. A hint: whoever misses it sees the job's state a second later. */
export const stepSignal = z.object({ job: z.string(), state: z.enum(['running', 'held', 'verified', 'ended']) });
export type StepSignal = Readonly<z.infer<typeof stepSignal>>;
