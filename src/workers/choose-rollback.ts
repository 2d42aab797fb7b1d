import { WindlassError } from '../errors.ts';
import type { Pin, Revision } from '../model/control.ts';
import type { ApplicationState, DeploymentRecord } from '../model/deployment.ts';
import { deployedRevision } from './choose-aim.ts';
import { revisionOf } from './deployment-log.ts';
import { sameRevision } from './environment-state.ts';

/** What is known of an application that a person wants to go back with. */
export interface RollbackSituation {
  readonly environment: string;
  readonly app: string;
  /** All that are kept of this application, newest first. */
  readonly records: readonly DeploymentRecord[];
  readonly state: ApplicationState | undefined;
  /** The rollback that counts at this moment. */
  readonly pin: Pin | undefined;
  /** The environment's newest revision. */
  readonly newest: Revision;
}

/** The deployment whose revision is to be brought back, and the commit that is left. */
export interface RollbackTarget {
  readonly deployment: DeploymentRecord;
  readonly from: string;
}

/**
 * One further back than what is deployed; what is under way is given up first. WindlassError `conflict` where there is nothing to go back
 * to.
 */
export function chooseRollback(situation: RollbackSituation): RollbackTarget {
  const { environment, app, records, state, pin } = situation;
  const current = deployedRevision(state);
  if (!current) throw refused(`${environment}/${app} has not been deployed yet: there is nothing to go back to`);
  const succeeded = records.filter((record) => record.state === 'succeeded' && record.limit === undefined);
  const now = originOf(succeeded, succeeded.find(({ id }) => id === pin?.deployment) ?? succeeded.find(isAt(current)));
  const underWay = revisionUnderWay(situation);
  if (now && underWay && !sameRevision(underWay, current)) return { deployment: now, from: underWay.commit };
  const older = now ? succeeded.slice(succeeded.indexOf(now) + 1) : succeeded;
  const deployment = older.find((record) => !isAt(current)(record));
  if (deployment) return { deployment, from: current.commit };
  throw refused(
    `the history has no earlier deployment of ${environment}/${app} to go back to (at ${current.commit.slice(0, 7)} now): ` +
      `windlass history --environment ${environment} --app ${app} lists those that are kept`,
  );
}

/** The same for a deployment that a person names; `record` is undefined where no history has it. */
export function namedRollback(situation: RollbackSituation, id: string, record: DeploymentRecord | undefined): RollbackTarget {
  const { environment, app, state, pin, newest } = situation;
  if (!record)
    throw new WindlassError(
      'unknown-name',
      `there is no deployment ${id} in the history: only the newest are kept; windlass history lists them`,
    );
  if (record.environment !== environment || record.app !== app)
    throw refused(`deployment ${id} is of ${record.environment}/${record.app}, not of ${environment}/${app}`);
  if (record.limit !== undefined)
    throw refused(`deployment ${id} was limited to a part of ${environment}/${app}: name one that was for all of it`);
  if (record.state === 'running' || record.state === 'queued') throw refused(`deployment ${id} has not ended yet: name one that succeeded`);
  if (record.state !== 'succeeded')
    throw refused(
      `deployment ${id} ended as ${record.state}: ${environment}/${app} has never been at its revision; name one that succeeded`,
    );
  const current = deployedRevision(state);
  // Who goes back to what is deployed leaves what is under way.
  const left = current && sameRevision(revisionOf(record), current) ? (revisionUnderWay(situation) ?? current) : current;
  return { deployment: record, from: (left ?? pin?.revision ?? newest).commit };
}

/** What some of its containers are at, or will be soon, instead of what is deployed; undefined: nothing. */
function revisionUnderWay({ state, pin, newest }: RollbackSituation): Revision | undefined {
  return state?.part?.revision ?? (state?.state === 'deploying' ? (pin?.revision ?? newest) : undefined);
}

/** What the last deployments of an environment have in common: going back without a name takes back the last push, wherever it went. */
export function lastMoved(apps: readonly Pick<RollbackSituation, 'app' | 'records' | 'state'>[]): readonly string[] {
  const current = apps.flatMap(({ app, records, state }) => {
    const deployed = deployedRevision(state);
    const record = deployed && records.filter((one) => one.state === 'succeeded' && one.limit === undefined).find(isAt(deployed));
    return record ? [{ app, record }] : [];
  });
  const newest = current.reduce<DeploymentRecord | undefined>(
    (last, { record }) => (last && last.startedAt >= record.startedAt ? last : record),
    undefined,
  );
  if (!newest) return [];
  return current.filter(({ record }) => isAt(revisionOf(newest))(record)).map(({ app }) => app);
}

/** A rollback stands where the deployment stands that it brought back. */
function originOf(records: readonly DeploymentRecord[], record: DeploymentRecord | undefined): DeploymentRecord | undefined {
  const restored = record?.restores === undefined ? undefined : records.find(({ id }) => id === record.restores);
  return restored && restored !== record ? originOf(records.slice(records.indexOf(restored)), restored) : record;
}

const isAt = (revision: Revision) => (record: DeploymentRecord) => sameRevision(revisionOf(record), revision);

const refused = (message: string) => new WindlassError('conflict', message);
