import type { DeploymentRecord } from '../model/deployment.ts';

/**
 * The body of a message about the end of a deployment, after Standard Webhooks: `type`, `timestamp`, `data`. Public: docs/notifications.md.
 */
export interface Notification {
  readonly type: `deployment.${'succeeded' | 'failed' | 'rolled-back' | 'superseded'}`;
  /** RFC 3339: when it ended. */
  readonly timestamp: string;
  readonly data: {
    readonly deployment: string;
    readonly environment: string;
    readonly app: string;
    readonly commit: string;
    readonly trigger: DeploymentRecord['trigger'];
    readonly state: DeploymentRecord['state'];
    /** Why it failed; empty where it succeeded. */
    readonly message: string;
    readonly startedAt: string;
    readonly finishedAt: string;
    /** How many of its steps ended in each way; those that none did are left out. */
    readonly steps: Readonly<Record<string, number>>;
    /** Where to read more. */
    readonly url: string;
  };
}

/** The same at every try; undefined while the deployment has not ended. */
export function notificationOf(record: DeploymentRecord, publicUrl: string): Notification | undefined {
  const { id, environment, app, commit, trigger, state, message, startedAt, finishedAt } = record;
  if (finishedAt === undefined || state === 'queued' || state === 'running') return undefined;
  const url = `${publicUrl}/deployments/${id}`;
  const steps: Record<string, number> = {};
  for (const step of record.steps) steps[step.state] = (steps[step.state] ?? 0) + 1;
  return {
    type: `deployment.${state}`,
    timestamp: finishedAt,
    data: { deployment: id, environment, app, commit, trigger, state, message, startedAt, finishedAt, steps, url },
  };
}
