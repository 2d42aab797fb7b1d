import { z } from 'zod';
import type { Declared, Revision } from './control.ts';
import { applicationName } from './names.ts';
import { reach, type Scope } from './scope.ts';

export const triggers = ['push', 'poll', 'discovery', 'drift', 'manual', 'rollback'] as const;
export type Trigger = (typeof triggers)[number];

/** What history has in the application's place for images that no application waited for; no application can be called so. */
export const unclaimedImages = '(images)';

/** What history can be asked for: an application, or the images that none waited for. */
export const historyName = z.union([z.literal(unclaimedImages), applicationName]);

/** One step of a deployment as history shows it. */
export const stepRecord = z.object({
  kind: z.enum(['adopt-container', 'build-image', 'recreate-container', 'push-config', 'remove-container', 'run-job']),
  name: z.string(),
  host: z.string(),
  reason: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'skipped', 'undone']),
  ms: z.number().optional(),
  error: z.string().optional(),
});
export type StepRecord = Readonly<z.infer<typeof stepRecord>>;

/** Images that windlass did not build, by reference as declared: the ids that containers were made from, each host's own. */
export const pulledImages = z.record(z.string(), z.array(z.string()).readonly());
export type PulledImages = Readonly<z.infer<typeof pulledImages>>;

/** One attempt to bring one application of one environment to what is wanted. Times are RFC 3339. */
export const deploymentRecord = z.object({
  id: z.string(),
  environment: z.string(),
  app: z.string(),
  commit: z.string(),
  trigger: z.enum(triggers),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'rolled-back', 'superseded']),
  message: z.string(),
  /** Commit by source. */
  sources: z.record(z.string(), z.string()).optional(),
  /** Of a rollback: the deployment whose revision it brings back. */
  restores: z.string().optional(),
  /** What it ended with. */
  pulled: pulledImages.optional(),
  /** The only containers that it was for. */
  limit: reach.optional(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  steps: z.array(stepRecord),
});
export type DeploymentRecord = Readonly<z.infer<typeof deploymentRecord>>;

/** The outcome kept for status: what the application is at, and the last attempt's commit and message. */
export interface ApplicationState {
  /** 40 hex digits; undefined before the first success. */
  readonly deployed: string | undefined;
  readonly deployedSources: Readonly<Record<string, string>>;
  /** The environment's newest commit when this was written. */
  readonly wanted: string | undefined;
  readonly state: 'deployed' | 'deploying' | 'failed' | 'held' | 'awaiting-approval';
  readonly message: string;
  /** What windlass.yaml said of the environment then. */
  readonly declared?: Declared | undefined;
  /** With which images it is deployed. */
  readonly pulled?: PulledImages | undefined;
  /** The deployment that ended last. */
  readonly deployment: string | undefined;
  /** The revision that was tried last and could not be deployed, and why: not tried again unless somebody asks. */
  readonly failed: (Revision & { readonly message?: string | undefined }) | undefined;
  /** Some of its containers are at another revision than `deployed`; undefined: none. */
  readonly part?: ApplicationPart | undefined;
}

/** The containers that a limit or a canary has brought to a revision while the others stay at what is deployed. */
export interface ApplicationPart {
  readonly revision: Revision;
  readonly declared: Declared;
  readonly scope: Scope;
  /** They are a canary. */
  readonly canary?: PausedCanary | undefined;
}

export interface PausedCanary {
  readonly since: string;
  /** When the others follow; undefined: when a person says. */
  readonly until?: string | undefined;
  readonly services: readonly { readonly name: string; readonly containers: readonly string[]; readonly of: number }[];
}
