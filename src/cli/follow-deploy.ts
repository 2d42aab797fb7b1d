import { apiVersion, type HistoryDocument } from '../model/documents.ts';
import type { OutcomeDocument, StatusDocument } from '../model/status-documents.ts';
import { exitStatus } from './cli-error.ts';
import type { Client } from './client.ts';
import type { Report } from './follow-report.ts';
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

/** Waits until none of the applications is deploying; reports of each look on the way. */
export async function followDeploy(
  client: Client,
  { environment, apps, before }: Followed,
  report: Pick<Report, 'look'>,
  interrupted: AbortSignal,
): Promise<OutcomeDocument> {
  const look = async (): Promise<OutcomeDocument> => {
    // The status comes first: when it says that all is over, the history read after it is complete.
    const status = await client.get<StatusDocument>(['status']);
    const found = status.environments.find(({ name }) => name === environment)?.apps ?? [];
    const deployments = (await history(client, environment)).deployments.filter(({ id, app }) => apps.includes(app) && !before.has(id));
    const outcomes = found.filter(({ name }) => apps.includes(name));
    const outcome: OutcomeDocument = {
      apiVersion,
      environment,
      apps: outcomes.map(({ name, state, wanted, deployed, message, canary, limit }) => {
        return { name, state, wanted, deployed, message, canary, limit };
      }),
      deployments,
    };
    report.look(outcome);
    return outcome;
  };
  return poll(look, (outcome) => outcome.apps.every(({ state }) => state !== 'deploying'), interrupted);
}

const history = (client: Client, environment: string) => client.get<HistoryDocument>(['history'], { environment, limit: 50 });

/** Of what somebody said about a canary: whether that is done, whatever else waits or has failed. */
export const isDecided = ({ name, canary }: OutcomeDocument['apps'][number], { deployments }: OutcomeDocument): boolean =>
  canary === null && deployments.find(({ app }) => app === name)?.state === 'succeeded';

/** 0 when everything is where it is meant to be for now, or `isDone` says so; 3 when what failed was rolled back, else 1. */
export function outcomeStatus(outcome: OutcomeDocument, isDone: typeof isDecided = () => false): number {
  const { apps, deployments } = outcome;
  // A canary that waits for a person, and a limit that has been reached, are as they were asked for.
  const stands = ({ state, canary, limit }: OutcomeDocument['apps'][number]) =>
    state === 'held' && (canary !== null || limit?.reached === true);
  const missing = apps.filter((app) => app.state !== 'deployed' && !stands(app) && !isDone(app, outcome));
  if (missing.length === 0) return exitStatus.done;
  const rolledBack = missing.every(({ name }) => deployments.find(({ app }) => app === name)?.state === 'rolled-back');
  return rolledBack ? exitStatus.rolledBack : exitStatus.failed;
}
