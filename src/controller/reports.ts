import type { Deployments } from '../queue/deployments.ts';
import type { Payload } from '../queue/jobs.ts';
import type { StateStore } from '../queue/state.ts';
import { appTarget } from '../queue/targets.ts';
import type { WantedStore } from '../queue/wanted.ts';
import { successMessage } from '../workers/outcome.ts';
import type { DeliveryMarks } from './delivery-marks.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';
import type { PushTrail } from './push-trail.ts';

export interface ReportDependencies {
  readonly trail: Pick<PushTrail, 'open' | 'ended'>;
  readonly environments: EnvironmentStore;
  readonly wanted: WantedStore;
  readonly states: Pick<StateStore<KeptEnvironment>, 'readState'>;
  readonly deployments: Deployments;
  /** Queues a commit status for the Git host. */
  readonly send: (report: Payload<'reports'>) => Promise<void>;
  readonly deliveries: Pick<DeliveryMarks, 'settled'>;
}

/** Tells the Git host how an environment's commit fares: one status, pending at once and then one line of outcome. */
export interface Reports {
  pending(environment: string, commit: string): Promise<void>;
  /** windlass.yaml of this commit has mistakes: nothing of it is deployed anywhere. */
  unreadable(commit: string, message: string): Promise<void>;
  /** To be called after every run; says something once the last application of the environment is settled. */
  settled(environment: string): Promise<void>;
}

export function createReports({ trail, environments, wanted, states, deployments, send, deliveries }: ReportDependencies): Reports {
  const told = new Map<string, string>();
  const tell = async (report: Payload<'reports'>) => {
    const said = JSON.stringify(report);
    if (told.get(report.environment) === said) return;
    told.set(report.environment, said);
    await send(report);
  };
  return {
    pending: (environment, commit) => tell({ source: 'config', environment, commit, state: 'pending', description: 'deploying' }),
    unreadable: async (commit, message) => {
      for (const { environment } of environments.all()) {
        await tell({ source: 'config', environment: environment.name, commit, state: 'error', description: message.slice(0, 1_000) });
      }
    },
    settled: async (environment) => {
      const open = await trail.open(environment);
      const commit = environments.get(environment)?.revision?.commit;
      if (commit === undefined) return;
      const apps = environments.appsOf(environment);
      const targets = apps.map((app) => appTarget(environment, app));
      const records = await Promise.all(targets.map((target) => wanted.read(target)));
      if (records.some(({ generation, handled }) => generation > handled)) return;
      const outcomes = await Promise.all(targets.map((target) => states.readState(target)));
      const failed = outcomes.find((state) => state?.state === 'failed' && state.wanted === commit);
      await deliveries.settled(environment, open, failed ? 'failed' : 'deployed');
      if (failed) {
        await trail.ended(environment, open, { commit, result: 'failed' });
        await tell({
          source: 'config',
          environment,
          commit,
          state: 'failure',
          description: failed.message.slice(0, 1_000),
          ...link(failed.deployment),
        });
        return;
      }
      const held = outcomes.find((state) => state?.state === 'held' && state.wanted === commit);
      if (held)
        return tell({ source: 'config', environment, commit, state: 'pending', description: `held: ${held.message}`.slice(0, 1_000) });
      if (outcomes.some((state) => state?.state === 'awaiting-approval' && state.wanted === commit)) {
        const description = `awaiting approval: windlass approve ${environment}`;
        return tell({ source: 'config', environment, commit, state: 'pending', description });
      }
      if (outcomes.some((state) => state?.deployed !== commit)) return;
      await trail.ended(environment, open, { commit, result: 'deployed' });
      const ran = (await deployments.list({ environment, limit: 100 })).filter(
        (record) => record.commit === commit && record.state === 'succeeded' && record.trigger !== 'discovery',
      );
      const newest = ran[0]?.id;
      await tell({
        source: 'config',
        environment,
        commit,
        state: 'success',
        description: ran.length > 0 ? successMessage(ran) : 'nothing to do',
        ...link(newest),
      });
    },
  };
}

const link = (deployment: string | undefined): { deployment?: string } => (deployment === undefined ? {} : { deployment });
