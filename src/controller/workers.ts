import type { Metrics } from '../api/metrics.ts';
import { type DeploymentRecord, unclaimedImages } from '../model/deployment.ts';
import { consume } from '../queue/consume.ts';
import type { ControlStore } from '../queue/controls.ts';
import type { Deployments } from '../queue/deployments.ts';
import { jobSchemas } from '../queue/jobs.ts';
import { nextFence } from '../queue/locks.ts';
import type { StepQueue } from '../queue/steps.ts';
import { startSweeper } from '../queue/sweeper.ts';
import { parseTarget, type Target } from '../queue/targets.ts';
import { untilSettled } from '../queue/until-settled.ts';
import type { Settings } from '../settings.ts';
import { buildImages } from '../workers/build-images.ts';
import { deploy } from '../workers/deploy.ts';
import type { DeployContext } from '../workers/deploy-context.ts';
import { createJoinLog } from '../workers/join-log.ts';
import { consumeDeliveries, type DeliveriesDependencies, startPolling } from './consume-deliveries.ts';
import { consumeReports } from './consume-reports.ts';
import type { Housekeeping } from './housekeeping.ts';
import { createStepRunner } from './step-runner.ts';

export interface WorkersDependencies extends DeliveriesDependencies {
  readonly settings: Settings;
  readonly controls: Pick<ControlStore, 'readFreeze'>;
  readonly deployments: Pick<Deployments, 'list' | 'appendLog' | 'readLog'>;
  readonly housekeeping: Housekeeping;
  readonly metrics: Metrics;
  readonly context: Omit<DeployContext, 'runStep' | 'nextFence' | 'ended' | 'log' | 'pushes'> & { readonly steps: StepQueue };
}

/** How many applications deploy side by side. */
const concurrentDeployments = 8;
/** Environments whose images are built side by side: most of the time one waits for its deployments to end. */
const concurrentBuilds = 4;
/** How often whoever waits for another deployment's build looks what it says. */
const joinedLogMs = 300;
/** Of an environment, in which its applications' failed builds are looked for. */
const recentDeployments = 100;
const stopWithinMs = 5_000;

/** Consumes the controller's queues, sweeps up what no job is left for, and polls what webhooks may have dropped. */
export async function startWorkers(dependencies: WorkersDependencies): Promise<{ close(): Promise<void> }> {
  const { settings, redis, log, wakeups } = dependencies;
  // Jobs are disposable: what is wanted is kept beside them, and the sweeper wakes it again at once.
  for (const queue of ['deliveries', 'deployments', 'builds'] as const) await wakeups.resetQueue(queue);
  const context = deployContext(dependencies);
  const consumers = [
    consumeDeliveries(dependencies, context),
    consumeDeployments(dependencies, context),
    consumeBuilds(dependencies, context),
    consumeReports(redis, settings, log),
  ];
  const polling = await startPolling(dependencies);
  const sweeper = startSweeper({ wanted: dependencies.wanted, log, wake: wakerOf(dependencies) });
  return {
    close: async () => {
      polling.stop();
      await sweeper.stop();
      await Promise.all(consumers.map((consumer) => consumer.close(stopWithinMs)));
    },
  };
}

function consumeDeployments({ redis, log, wanted, environments, departures, reports, trail }: WorkersDependencies, context: DeployContext) {
  return consume({
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
        async ({ trigger, forced: again }, { signal, log: jobLog }) =>
          deploy({ ...named, trigger, again }, { ...context, ...(await trail.deploy(named, trigger, jobLog)) }, signal),
        job,
      );
      if (!environments.apps()[named.environment]?.includes(named.app)) await departures.sweep();
      await reports.settled(named.environment);
    },
  });
}

function consumeBuilds({ redis, log, wanted, controls, deployments }: WorkersDependencies, context: DeployContext) {
  const building = {
    ...context,
    deploying: async (environment: string) => (await wanted.unsettled()).some((target) => target.startsWith(`app:${environment}/`)),
    frozen: async (environment: string) => (await controls.readFreeze(environment)) !== undefined,
    history: (environment: string) => deployments.list({ environment, limit: recentDeployments }),
  };
  return consume({
    redis,
    queue: 'builds',
    schema: jobSchemas.builds,
    concurrency: concurrentBuilds,
    log,
    handler: (request, { signal, log: jobLog }) =>
      buildImages(request, { ...building, log: jobLog.child({ environment: request.environment, app: unclaimedImages }) }, signal),
  });
}

/** Wakes the job of a target that is wanted and has none: the sweeper's hand. */
function wakerOf({ wakeups, environments }: WorkersDependencies): (target: Target) => Promise<void> {
  return async (target) => {
    const named = parseTarget(target);
    if (named.kind === 'source') await wakeups.wake('deliveries', named.source, { source: named.source }, { patient: true });
    else if (environments.get(named.environment))
      await wakeups.wake('deployments', target, { target: target as `app:${string}/${string}` }, { patient: true });
  };
}

function deployContext({ redis, log, metrics, reports, housekeeping, deployments, context }: WorkersDependencies): DeployContext {
  const joinLog = createJoinLog({
    read: (id, from) => deployments.readLog(id, from, 1_000),
    append: deployments.appendLog,
    pauseMs: joinedLogMs,
    log,
  });
  return {
    ...context,
    log,
    pushes: [],
    runStep: createStepRunner(context.steps, metrics, housekeeping, joinLog),
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
