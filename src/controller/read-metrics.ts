import { statfs } from 'node:fs/promises';
import type { Metrics } from '../api/metrics.ts';
import type { InventoryStore } from '../inventory/store.ts';
import type { StatusDocument } from '../model/status-documents.ts';
import type { QueueCounts } from '../queue/jobs.ts';
import { queueNames } from '../queue/jobs.ts';
import { parseInfo, type Redis } from '../queue/redis.ts';
import type { StepQueue } from '../queue/steps.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';
import { within } from '../queue/within.ts';
import type { Settings } from '../settings.ts';
import type { EnvironmentStore } from './environment-store.ts';
import { metricsSnapshot, queueNumbers, type Readings, sourceNumbers } from './metrics-snapshot.ts';
import type { PushTrail } from './push-trail.ts';
import type { SourceRepositories } from './source-repositories.ts';

export interface ReadMetricsDependencies {
  readonly metrics: Metrics;
  readonly version: string;
  readonly settings: Pick<Settings, 'stateDirectory'>;
  /** Of the role `producer`: a scrape must not wait for a Redis that is away. */
  readonly redis: Redis;
  readonly environments: EnvironmentStore;
  readonly status: () => Promise<StatusDocument>;
  readonly wanted: WantedStore;
  readonly trail: Pick<PushTrail, 'open'>;
  readonly repositories: Pick<SourceRepositories, 'checkouts'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly inventory: InventoryStore;
  readonly wakeups: Wakeups;
  readonly steps: StepQueue;
}

/** Prometheus gives up on a scrape after 10 s. */
const patienceMs = 4_000;

/** What GET /metrics answers, also while Redis is away or a template keeps the planner busy. */
export function createMetricsReader(dependencies: ReadMetricsDependencies): () => Promise<string> {
  const { metrics, version, environments, repositories, now, settings } = dependencies;
  let last: Readings | undefined;
  let reading: Promise<void> | undefined;
  const refresh = () => {
    reading ??= read(dependencies)
      .then(
        (found) => {
          last = found;
        },
        () => {
          last = undefined;
        },
      )
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  return async () => {
    const pong = await dependencies.redis.ping().catch(() => undefined);
    if (pong === undefined) last = undefined;
    else await within(refresh(), patienceMs);
    const known = await repositories.checkouts();
    metrics.show(
      metricsSnapshot(
        {
          version,
          sources: known.map((one) => sourceNumbers(one, now())),
          repositoryProblem: environments.problem() !== undefined,
          stateFreeBytes: await statfs(settings.stateDirectory).then(
            ({ bavail, bsize }) => bavail * bsize,
            () => undefined,
          ),
        },
        last,
      ),
    );
    return metrics.text();
  };
}

async function read({ redis, environments, status, wanted, trail, inventory, wakeups, steps }: ReadMetricsDependencies): Promise<Readings> {
  const [info, [seconds, microseconds], document, targets, hosts] = await Promise.all([
    redis.info('memory'),
    redis.time(),
    status(),
    wanted.unsettled(),
    inventory.readHosts(),
  ]);
  const names = environments.all().map(({ environment }) => environment.name);
  const [unsettled, open, own, agents] = await Promise.all([
    Promise.all(targets.map((target) => wanted.read(target))),
    Promise.all(names.map(async (name) => [name, await trail.open(name)] as const)),
    Promise.all(queueNames.map(async (name): Promise<[string, QueueCounts]> => [name, await wakeups.counts(name)])),
    Promise.all(hosts.map(async ({ name }): Promise<[string, QueueCounts]> => [`agent.${name}`, await steps.counts(name)])),
  ]);
  return {
    now: Number(seconds) * 1_000 + Number(microseconds) / 1_000,
    status: document,
    unsettled,
    pushes: Object.fromEntries(open),
    hosts,
    queues: queueNumbers(Object.fromEntries([...own, ...agents])),
    redis: parseInfo(info),
  };
}
