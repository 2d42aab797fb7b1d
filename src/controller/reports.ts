import { isDeepStrictEqual } from 'node:util';
import type { Revision } from '../model/control.ts';
import type { ApplicationState, DeploymentRecord } from '../model/deployment.ts';
import { rootFile } from '../model/root.ts';
import type { Deployments } from '../queue/deployments.ts';
import type { Payload } from '../queue/jobs.ts';
import type { ShownPending } from '../queue/shown-pending.ts';
import type { StateStore } from '../queue/state.ts';
import { appTarget } from '../queue/targets.ts';
import type { WantedStore } from '../queue/wanted.ts';
import { successMessage } from '../workers/outcome.ts';
import type { DeliveryMarks } from './delivery-marks.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';
import { presentRound } from './present-round.ts';
import type { PushTrail } from './push-trail.ts';

export interface ReportDependencies {
  readonly trail: Pick<PushTrail, 'open' | 'ended'>;
  readonly environments: EnvironmentStore;
  readonly wanted: WantedStore;
  readonly states: Pick<StateStore<KeptEnvironment>, 'readState'>;
  readonly deployments: Deployments;
  /** Queues a commit status for the Git host. */
  readonly send: (report: Payload<'reports'>) => Promise<void>;
  readonly shown: ShownPending;
  readonly deliveries: Pick<DeliveryMarks, 'settled'>;
}

/** Tells the Git host how an environment's commit fares: one status, pending at once and then one line of outcome. */
export interface Reports {
  pending(environment: string, commit: string): Promise<void>;
  /**
   * windlass.yaml of HEAD's commit has mistakes: nothing of it is deployed anywhere. Said of each environment that is deployed from
   * that branch; where none is, of windlass.yaml itself.
   */
  unreadable(commit: string, message: string): Promise<void>;
  /** To be called after every run; says something once the last application of the environment is settled. */
  settled(environment: string): Promise<void>;
}

export function createReports({ trail, environments, wanted, states, deployments, send, shown, deliveries }: ReportDependencies): Reports {
  const told = new Map<string, Payload<'reports'>>();
  const tell = async (report: Payload<'reports'>) => {
    if (isDeepStrictEqual(told.get(report.environment), report)) return;
    if (report.state === 'pending') await shown.add(report.environment, report.commit);
    await send(report);
    if (report.state !== 'pending') await shown.remove(report.environment, report.commit);
    // Not before: what Redis did not take is said again.
    told.set(report.environment, report);
  };
  /** Tells of the commit that an environment is at, and that those before it are no longer on their way. */
  const tellOfNewest = async (report: Payload<'reports'>) => {
    await tell(report);
    const { source, environment, commit } = report;
    for (const former of (await shown.list(environment)).filter((one) => one !== commit)) {
      // What an older outcome was being told of may itself have been overtaken meanwhile.
      if (environments.get(environment)?.revision?.commit !== commit) return;
      await send({ source, environment, commit: former, state: 'superseded', description: `superseded by ${commit.slice(0, 12)}` });
      await shown.remove(environment, former);
    }
  };
  const settled = async (environment: string) => {
    const open = await trail.open(environment);
    const { revision, problem } = environments.get(environment) ?? {};
    if (revision === undefined) return;
    const { commit } = revision;
    const targets = environments.appsOf(environment).map((app) => appTarget(environment, app));
    const records = await Promise.all(targets.map((target) => wanted.read(target)));
    if (records.some(({ generation, handled }) => generation > handled)) return;
    const outcome = outcomeOf(environment, commit, await Promise.all(targets.map((target) => states.readState(target))), problem);
    if (outcome === undefined) return;
    await deliveries.settled(environment, open, outcome.result === 'failed' ? 'failed' : 'deployed');
    if (outcome.result !== undefined) await trail.ended(environment, open, { commit, result: outcome.result });
    const last = told.get(environment);
    // Nobody has pushed or asked for anything since: its round has been told of.
    const isTold = open.length === 0 && last?.state === 'success' && last.commit === commit;
    const succeeded = async () => (isTold ? last : sayDeployed(await deployments.list({ environment, limit: 100 }), revision, open[0]?.at));
    const said = outcome.result === 'deployed' ? await succeeded() : outcome.said;
    await tellOfNewest({ source: 'config', environment, commit, ...said, description: said.description.slice(0, 1_000) });
  };
  return {
    pending: async (environment, commit) => {
      await tellOfNewest({ source: 'config', environment, commit, state: 'pending', description: 'deploying' });
      // Where there is nothing to deploy, no run will say how it ended.
      if (environments.appsOf(environment).length === 0) await settled(environment);
    },
    unreadable: async (commit, message) => {
      const following = environments.all().filter(({ environment }) => environment.branch === environments.head());
      const names = following.length > 0 ? following.map(({ environment }) => environment.name) : [rootFile];
      for (const environment of names) {
        await tell({ source: 'config', environment, commit, state: 'error', description: message.slice(0, 1_000) });
      }
    },
    settled,
  };
}

type Said = Pick<Payload<'reports'>, 'state' | 'description' | 'deployment'>;

/**
 * How an environment whose applications have come to rest fares with a commit; undefined: one of them is not at it, and nobody says why.
 */
type Outcome =
  | { readonly result: 'deployed' }
  /** Without a result it waits for somebody. */
  | { readonly result: 'failed' | undefined; readonly said: Said };

/** The worst of its applications' outcomes; `problem`: why they could not be listed, which says it where none is known. */
export function outcomeOf(
  environment: string,
  commit: string,
  states: readonly (Pick<ApplicationState, 'state' | 'message' | 'wanted' | 'deployed' | 'deployment'> | undefined)[],
  problem?: string,
): Outcome | undefined {
  if (states.length === 0 && problem !== undefined) return { result: 'failed', said: { state: 'failure', description: problem } };
  const one = (wanted: ApplicationState['state']) => states.find((state) => state?.state === wanted && state.wanted === commit);
  const failed = one('failed');
  if (failed) return { result: 'failed', said: { state: 'failure', description: failed.message, ...link(failed.deployment) } };
  const held = one('held');
  if (held) return { result: undefined, said: { state: 'pending', description: `held: ${held.message}` } };
  if (one('awaiting-approval'))
    return { result: undefined, said: { state: 'pending', description: `awaiting approval: windlass approve ${environment}` } };
  return states.every((state) => state?.deployed === commit) ? { result: 'deployed' } : undefined;
}

function sayDeployed(history: readonly DeploymentRecord[], revision: Revision, since: number | undefined): Said {
  const ran = presentRound(history, revision, since);
  return { state: 'success', description: ran.length > 0 ? successMessage(ran) : 'nothing to do', ...link(ran[0]?.id) };
}

const link = (deployment: string | undefined): { deployment?: string } => (deployment === undefined ? {} : { deployment });
