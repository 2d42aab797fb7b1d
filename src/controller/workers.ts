import type { Metrics } from '../api/metrics.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { DeploymentRecord, Trigger } from '../model/deployment.ts';
import { consume } from '../queue/consume.ts';
import type { ControlStore } from '../queue/controls.ts';
import { jobSchemas } from '../queue/jobs.ts';
import { nextFence } from '../queue/locks.ts';
import type { Redis } from '../queue/redis.ts';
import type { StepQueue } from '../queue/steps.ts';
import { startSweeper } from '../queue/sweeper.ts';
import { parseTarget, sourceTarget } from '../queue/targets.ts';
import { untilSettled } from '../queue/until-settled.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';
import type { Settings } from '../settings.ts';
import { createReporter } from '../status/reporter.ts';
import { buildImages } from '../workers/build-images.ts';
import { deploy } from '../workers/deploy.ts';
import type { DeployContext } from '../workers/deploy-context.ts';
import { fetchSource, type ReadEnvironments, type Sources } from '../workers/fetch-source.ts';
import type { Departures } from './departures.ts';
import type { EnvironmentStore } from './environment-store.ts';
import type { Housekeeping } from './housekeeping.ts';
import type { PushTrail } from './push-trail.ts';
import type { Reports } from './reports.ts';
import { createStepRunner } from './step-runner.ts';

export interface WorkersDependencies {
  readonly settings: Settings;
  readonly redis: Redis;
  readonly log: Log;
  readonly wanted: WantedStore;
  readonly controls: Pick<ControlStore, 'readFreeze'>;
  readonly wakeups: Wakeups;
  readonly raise: (environment: string, app: string, trigger: Trigger) => Promise<void>;
  readonly environments: EnvironmentStore;
  readonly departures: Departures;
  readonly housekeeping: Housekeeping;
  readonly repositories: Sources;
  readonly reports: Reports;
  readonly trail: PushTrail;
  readonly metrics: Metrics;
  readonly context: Omit<DeployContext, 'runStep' | 'nextFence' | 'ended' | 'log' | 'pushes'> & { readonly steps: StepQueue };
}

/** How many applications deploy side by side. */
const concurrentDeployments = 8;
/** Environments whose images are built side by side: most of the time one waits for its deployments to end. */
const concurrentBuilds = 4;
const stopWithinMs = 5_000;

/** Consumes the controller's queues, sweeps up what no job is left for, and polls what webhooks may have dropped. */
export async function startWorkers(dependencies: WorkersDependencies): Promise<{ close(): Promise<void> }> {
  const { redis, log, wanted, controls, wakeups, raise, environments, departures, reports, trail } = dependencies;
  // Jobs are disposable: what is wanted is kept beside them, and the sweeper wakes it again at once.
  for (const queue of ['deliveries', 'deployments', 'builds'] as const) await wakeups.resetQueue(queue);
  const context = deployContext(dependencies);
  const unraised = new Map<string, object>();

  const deliveries = consume({
    redis,
    queue: 'deliveries',
    schema: jobSchemas.deliveries,
    concurrency: 2,
    log,
    handler: ({ source }, job) =>
      untilSettled(
        wanted,
        sourceTarget(source),
        async (record, { signal, log: jobLog }) => {
          const followed = await trail.fetch(source, record, jobLog);
          const { trigger, forced } = record;
          await fetchSource({ source, trigger, forced }, { ...fetchContext(dependencies, context, raise, unraised), ...followed }, signal);
        },
        job,
      ),
  });
  const deployments = consume({
    redis,
    queue: 'deployments',
    schema: jobSchemas.deployments,
    concurrency: concurrentDeployments,
    log,
    handler: async ({ target }, job) => {
      const named = parseTarget(target);
      if (named.kind !== 'app') return;
      // Before the first fetch nobody knows what there is to deploy: the target stays wanted until then.
      if (!environments.get(named.environment)) return;
      await untilSettled(
        wanted,
        target,
        async ({ trigger }, { signal, log: jobLog }) =>
          deploy({ ...named, trigger }, { ...context, ...(await trail.deploy(named, trigger, jobLog)) }, signal),
        job,
      );
      if (!environments.apps()[named.environment]?.includes(named.app)) await departures.sweep();
      await reports.settled(named.environment);
    },
  });
  const builds = consume({
    redis,
    queue: 'builds',
    schema: jobSchemas.builds,
    concurrency: concurrentBuilds,
    log,
    handler: ({ environment }, { signal }) =>
      buildImages(
        { environment },
        {
          ...context,
          deploying: (name) => isDeploying(wanted, name),
          frozen: async (name) => (await controls.readFreeze(name)) !== undefined,
        },
        signal,
      ),
  });
  const sent = consumeReports(dependencies);

  const sources = () => ['config', ...(environments.root()?.sources ?? []).map(({ name }) => name)];
  const poll = async (trigger: Trigger, forced = false) => {
    for (const source of sources()) {
      await wanted.raise(sourceTarget(source), { trigger, forced });
      await wakeups.wake('deliveries', source, { source }, { patient: true });
    }
  };
  const polling = setInterval(
    () => void poll('poll').catch((error: unknown) => log.warn({ error: messageOf(error) }, 'not polled')),
    dependencies.settings.pollMs,
  );
  if (dependencies.settings.repository !== undefined) await poll('poll');
  const sweeper = startSweeper({
    wanted,
    log,
    wake: async (target) => {
      const named = parseTarget(target);
      if (named.kind === 'source') await wakeups.wake('deliveries', named.source, { source: named.source }, { patient: true });
      else if (environments.get(named.environment))
        await wakeups.wake('deployments', target, { target: target as `app:${string}/${string}` }, { patient: true });
    },
  });
  return {
    close: async () => {
      clearInterval(polling);
      await sweeper.stop();
      await Promise.all([deliveries, deployments, builds, sent].map((consumer) => consumer.close(stopWithinMs)));
    },
  };
}

async function isDeploying(wanted: WantedStore, environment: string): Promise<boolean> {
  return (await wanted.unsettled()).some((target) => target.startsWith(`app:${environment}/`));
}

function deployContext({ redis, log, metrics, reports, housekeeping, context }: WorkersDependencies): DeployContext {
  return {
    ...context,
    log,
    pushes: [],
    runStep: createStepRunner(context.steps, metrics, housekeeping),
    nextFence: () => nextFence(redis),
    ended: async (record) => {
      count(metrics, record);
      housekeeping.due();
      await reports.settled(record.environment);
    },
  };
}

const count = (metrics: Metrics, { environment, state, startedAt, finishedAt }: DeploymentRecord): void =>
  metrics.deployment(environment, state, (Date.parse(finishedAt ?? startedAt) - Date.parse(startedAt)) / 1000);

function fetchContext(
  { environments, departures, repositories, reports, wanted, wakeups, log }: WorkersDependencies,
  { revisions }: DeployContext,
  raise: WorkersDependencies['raise'],
  unraised: Map<string, object>,
) {
  return {
    sources: repositories,
    revisions,
    environments: {
      all: async () => environments.all(),
      apps: environments.apps,
      targets: environments.appsOf,
      write: async (read: ReadEnvironments) => {
        await environments.write(read);
        await departures.sweep();
      },
      rootProblem: async (problem: { readonly message: string; readonly commit?: string } | undefined) => {
        environments.setProblem(problem?.message);
        if (problem?.commit !== undefined) await reports.unreadable(problem.commit, problem.message);
      },
    },
    raise,
    retry: async (source: string) => {
      await wanted.raise(sourceTarget(source), { trigger: 'poll' });
      await wakeups.wake('deliveries', source, { source });
    },
    unraised,
    wakeBuilds: (environment: string) => wakeups.wake('builds', environment, { environment }),
    pending: reports.pending,
    log,
  };
}

/** Commit statuses, tried again for as long as a Git host is away; nobody waits for them. */
function consumeReports({ settings, redis, log }: WorkersDependencies) {
  const reporter =
    settings.repository === undefined
      ? undefined
      : createReporter({
          provider: settings.repositoryProvider,
          apiUrl: settings.repositoryApiUrl,
          token: settings.repositoryToken,
          repositoryUrl: settings.repository,
          log,
        });
  return consume({
    redis,
    queue: 'reports',
    schema: jobSchemas.reports,
    once: true,
    concurrency: 1,
    log,
    handler: async ({ commit, environment, state, description, deployment }) => {
      const url = deployment === undefined ? settings.publicUrl : `${settings.publicUrl}/deployments/${deployment}`;
      await reporter?.report({ commit, environment, state, description, url });
    },
  });
}
