import type { EnvironmentNumbers, HostNumbers, MetricsSnapshot } from '../api/metrics.ts';
import type { HostRecord } from '../model/host.ts';
import type { ApplicationStatus, EnvironmentStatus, State, StatusDocument } from '../model/status-documents.ts';
import type { QueueCounts } from '../queue/jobs.ts';
import type { OpenPush } from '../queue/pushes.ts';
import { parseTarget } from '../queue/targets.ts';
import type { WantedRecord } from '../queue/wanted.ts';
import type { Checkout } from './source-repositories.ts';

/** What was read of the stores at one moment. Times are epoch milliseconds, `now` by Redis's clock. */
export interface Readings {
  readonly now: number;
  readonly status: StatusDocument;
  readonly unsettled: readonly WantedRecord[];
  readonly pushes: Readonly<Record<string, readonly OpenPush[]>>;
  readonly hosts: readonly HostRecord[];
  readonly queues: MetricsSnapshot['queues'];
  readonly redis: ReadonlyMap<string, string>;
}

/** What is known without Redis. */
type Known = Pick<MetricsSnapshot, 'version' | 'sources' | 'repositoryProblem' | 'stateFreeBytes'>;

/**
 * The numbers of a moment; without readings, as when Redis is away, only what is known without them. Environments are those declared now.
 */
export function metricsSnapshot(known: Known, readings: Readings | undefined): MetricsSnapshot {
  if (!readings) return { ...known, redis: { up: false }, environments: [], hosts: [], queues: [] };
  const { redis, status, hosts, queues } = readings;
  return {
    ...known,
    redis: { up: true, usedBytes: Number(redis.get('used_memory') ?? 0), limitBytes: Number(redis.get('maxmemory') ?? 0) },
    environments: status.environments.map((environment) => environmentNumbers(environment, readings)),
    hosts: hosts.map(hostNumbers),
    queues,
  };
}

function hostNumbers({ name, state, vitals, containers }: HostRecord): HostNumbers {
  const counts: Record<string, number> = { running: 0, exited: 0, restarting: 0 };
  for (const one of containers) counts[one.state] = (counts[one.state] ?? 0) + 1;
  const ready = state === 'ready';
  return { name, ready, vitals: ready ? vitals : undefined, containers: counts };
}

function environmentNumbers(environment: EnvironmentStatus, { now, unsettled, pushes }: Readings): EnvironmentNumbers {
  const { name, frozen, apps } = environment;
  const mine = unsettled.filter(({ target }) => isOf(target, name, apps));
  const open = pushes[name] ?? [];
  return {
    name,
    frozen,
    applications: counted(apps.map(({ state }) => state)),
    unsettled: mine.length,
    unsettledAge: oldest(
      now,
      mine.map(({ since }) => since ?? now),
    ),
    pushes: open.length,
    pushAge: oldest(
      now,
      open.map(({ at }) => at),
    ),
    configFiles: configFiles(apps),
  };
}

/** What has left the repository may still be on its way out, but is nobody's to wait for. */
function isOf(target: WantedRecord['target'], environment: string, apps: readonly ApplicationStatus[]): boolean {
  const named = parseTarget(target);
  return named.kind === 'app' && named.environment === environment && apps.some(({ name }) => name === named.app);
}

/** Every state is there, so that an alert finds a 0. */
function counted(states: readonly State[]): Record<State, number> {
  const counts = { deployed: 0, deploying: 0, failed: 0, held: 0, 'awaiting-approval': 0 };
  for (const state of states) counts[state] += 1;
  return counts;
}

function configFiles(apps: readonly ApplicationStatus[]): EnvironmentNumbers['configFiles'] {
  const files = apps
    .flatMap(({ services }) => services.flatMap(({ containers }) => containers.flatMap(({ configs }) => configs)))
    .filter(({ desired }) => desired !== null);
  const notInstalled = files.filter(({ desired, installed }) => desired !== installed).length;
  const notLoaded = files.filter(({ desired, installed, loaded }) => desired === installed && installed !== loaded).length;
  return { loaded: files.length - notInstalled - notLoaded, 'not-loaded': notLoaded, 'not-installed': notInstalled };
}

/** Seconds; 0 where there is none. */
const oldest = (now: number, times: readonly number[]): number => Math.max(0, ...times.map((time) => (now - time) / 1_000));

/** A repository of this machine, which needs no fetch, has no age. */
export const sourceNumbers = ({ source, fetchedAt, problem }: Checkout, now: number): MetricsSnapshot['sources'][number] => ({
  name: source,
  failing: problem !== undefined,
  age: fetchedAt && Math.max(now - fetchedAt.getTime(), 0) / 1_000,
});

/** A queue's counts by its name. */
export const queueNumbers = (counts: Readonly<Record<string, QueueCounts>>): MetricsSnapshot['queues'] =>
  Object.entries(counts).map(([queue, jobs]) => ({ queue, jobs }));
