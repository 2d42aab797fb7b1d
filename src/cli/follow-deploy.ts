import type { DeploymentRecord, StepRecord } from '../model/deployment.ts';
import { apiVersion, type HistoryDocument, type OutcomeDocument, type StatusDocument } from '../model/documents.ts';
import { exitStatus } from './cli-error.ts';
import type { Client } from './client.ts';
import { oneLine, shortDuration } from './format.ts';
import { type Paint, paintState } from './paint.ts';
import { poll } from './poll.ts';

export interface Followed {
  readonly environment: string;
  readonly apps: readonly string[];
  /** Ids of deployments that had ended before. */
  readonly before: ReadonlySet<string>;
}

/** Ids of the environment's deployments that have ended. */
export async function endedBefore(client: Client, environment: string): Promise<ReadonlySet<string>> {
  const { deployments } = await history(client, environment);
  return new Set(deployments.filter(({ finishedAt }) => finishedAt !== undefined).map(({ id }) => id));
}

/** Waits until none of the applications is deploying; tells of each deployment on the way as often as it has looked. */
export async function followDeploy(
  client: Client,
  { environment, apps, before }: Followed,
  onDeployment: (deployment: DeploymentRecord) => void,
  interrupted: AbortSignal,
): Promise<OutcomeDocument> {
  const look = async (): Promise<OutcomeDocument> => {
    // The status comes first: when it says that all is over, the history read after it is complete.
    const status = await client.get<StatusDocument>(['status']);
    const found = status.environments.find(({ name }) => name === environment)?.apps ?? [];
    const deployments = (await history(client, environment)).deployments.filter(({ id, app }) => apps.includes(app) && !before.has(id));
    for (const deployment of deployments.toReversed()) onDeployment(deployment);
    const outcomes = found.filter(({ name }) => apps.includes(name));
    return {
      apiVersion,
      environment,
      apps: outcomes.map(({ name, state, wanted, deployed, message }) => ({ name, state, wanted, deployed, message })),
      deployments,
    };
  };
  return poll(look, (outcome) => outcome.apps.every(({ state }) => state !== 'deploying'), interrupted);
}

const history = (client: Client, environment: string) => client.get<HistoryDocument>(['history'], { environment, limit: 50 });

/** 0 when everything is deployed, 3 when what failed was rolled back, else 1. */
export function outcomeStatus({ apps, deployments }: OutcomeDocument): number {
  const missing = apps.filter(({ state }) => state !== 'deployed');
  if (missing.length === 0) return exitStatus.done;
  const rolledBack = missing.every(({ name }) => deployments.find(({ app }) => app === name)?.state === 'rolled-back');
  return rolledBack ? exitStatus.rolledBack : exitStatus.failed;
}

/** Lines for the steps of a deployment whose state is another than when it was last shown. */
export function createStepReporter(paint: Paint, note: (line: string) => void): (deployment: DeploymentRecord) => void {
  const shown = new Map<string, StepRecord['state']>();
  return ({ id, app, steps }) => {
    for (const [index, step] of steps.entries()) {
      const key = `${id} ${index}`;
      if (step.state === 'queued' || shown.get(key) === step.state) continue;
      shown.set(key, step.state);
      note(stepLine(app, step, paint));
    }
  };
}

function stepLine(app: string, { kind, name, host, state, ms, reason, error }: StepRecord, paint: Paint): string {
  const what = `${app}: ${kind} ${name} on ${host} ${paintState(paint, state)}`;
  if (state === 'running') return `${what}: ${oneLine(reason)}`;
  const time = ms === undefined ? '' : ` in ${shortDuration(ms)}`;
  return error === undefined ? what + time : `${what}${time}: ${oneLine(error)}`;
}
