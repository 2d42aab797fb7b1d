import { z } from 'zod';
import { triggers } from '../model/deployment.ts';
import { applicationName, commitId, environmentName, sourceName } from '../model/names.ts';
import { type AppTarget, isTarget } from './targets.ts';

/** The controller's queues and what their jobs say. Payloads are re-read when a job runs: the last one given for a key counts. */
export const jobSchemas = {
  /** Fetch this source (`config`: the repository) and raise what its new revision concerns. Key: the source. */
  deliveries: z.object({ source: sourceName }),
  /** Bring this application to what is wanted. Key: the target. */
  deployments: z.object({
    target: z.custom<AppTarget>((value) => typeof value === 'string' && value.startsWith('app:') && isTarget(value)),
  }),
  /** Build the images of this environment's commit. Key: the environment. */
  builds: z.object({ environment: environmentName, trigger: z.enum(triggers).default('push') }),
  /** Tell the Git host how a commit fares. Key: source, commit and context. */
  reports: z.object({
    source: sourceName,
    commit: commitId,
    /** Or what is wrong where no environment can be named. */
    environment: environmentName.or(z.literal('windlass.yaml')),
    app: applicationName.optional(),
    state: z.enum(['pending', 'success', 'failure', 'error', 'superseded']),
    description: z.string().max(1_000),
    /** The deployment, for a link. */
    deployment: z.string().optional(),
  }),
  /** Tell the receiver of outcomes how this deployment ended. Key: the deployment. */
  notifications: z.object({ deployment: z.string() }),
} as const;

/** How many jobs of a queue wait, run and pause before a retry. */
export type QueueCounts = Readonly<Record<'waiting' | 'active' | 'delayed', number>>;
export type QueueName = keyof typeof jobSchemas;
export type Payload<Q extends QueueName> = Readonly<z.infer<(typeof jobSchemas)[Q]>>;
export const queueNames = Object.keys(jobSchemas) as readonly QueueName[];
