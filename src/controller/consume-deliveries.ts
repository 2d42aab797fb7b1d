import { messageOf } from '../errors.ts';
import type { Fault } from '../fault.ts';
import { createKeyedLock } from '../keyed-lock.ts';
import type { Log } from '../log.ts';
import type { Trigger } from '../model/deployment.ts';
import { consume } from '../queue/consume.ts';
import { jobSchemas } from '../queue/jobs.ts';
import type { Redis } from '../queue/redis.ts';
import { sourceTarget } from '../queue/targets.ts';
import { isFinal, untilSettled } from '../queue/until-settled.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';
import type { Consumer } from '../queue/worker.ts';
import type { Settings } from '../settings.ts';
import { fetchSource, type ReadEnvironments, type Sources } from '../workers/fetch-source.ts';
import type { Revisions } from '../workers/revisions.ts';
import type { DeliveryMarks } from './delivery-marks.ts';
import type { Departures } from './departures.ts';
import type { EnvironmentStore } from './environment-store.ts';
import type { PushTrail } from './push-trail.ts';
import type { Reports } from './reports.ts';
import type { SourceRepositories } from './source-repositories.ts';

export interface DeliveriesDependencies {
  readonly redis: Redis;
  readonly log: Log;
  readonly wanted: WantedStore;
  readonly wakeups: Wakeups;
  /** Raises an application and wakes its worker. */
  readonly raise: (environment: string, app: string, trigger: Trigger) => Promise<void>;
  readonly environments: EnvironmentStore;
  readonly departures: Departures;
  readonly repositories: Sources & Pick<SourceRepositories, 'tidy'>;
  readonly reports: Reports;
  readonly marks: Pick<DeliveryMarks, 'fetched' | 'unfetched'>;
  readonly trail: PushTrail;
}

/** Sources side by side: a Git host that hangs keeps its place for up to a minute. */
const concurrentFetches = 8;

/** Fetches the repository and its sources when a push, the poll or a person asks for it. */
export function consumeDeliveries(
  dependencies: DeliveriesDependencies,
  context: { readonly revisions: Revisions; readonly fault: Fault },
): Consumer {
  const { redis, log, wanted, marks, trail } = dependencies;
  const fetching = fetchContext(dependencies, context);
  return consume({
    redis,
    queue: 'deliveries',
    schema: jobSchemas.deliveries,
    concurrency: concurrentFetches,
    log,
    handler: async ({ source }, job) => {
      await untilSettled(
        wanted,
        sourceTarget(source),
        async (record, { signal, log: jobLog }) => {
          const followed = await trail.fetch(source, record, jobLog);
          const { trigger, forced, generation } = record;
          await fetchSource({ source, trigger, forced }, { ...fetching, ...followed }, signal).catch(async (error: unknown) => {
            if (isFinal(error)) await marks.unfetched(source, generation);
            throw error;
          });
        },
        job,
      );
      await marks.fetched(source);
    },
  });
}

/** Asks every source at once, and again every `pollMs`: Git hosts drop webhooks. */
export async function startPolling({
  settings,
  environments,
  wanted,
  wakeups,
  log,
}: Pick<DeliveriesDependencies, 'environments' | 'wanted' | 'wakeups' | 'log'> & { readonly settings: Settings }): Promise<{
  stop(): void;
}> {
  const poll = async () => {
    for (const source of ['config', ...(environments.root()?.sources ?? []).map(({ name }) => name)]) {
      await wanted.raise(sourceTarget(source), { trigger: 'poll' });
      await wakeups.wake('deliveries', source, { source }, { patient: true });
    }
  };
  const polling = setInterval(
    () => void poll().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'not polled')),
    settings.pollMs,
  );
  if (settings.repository !== undefined) await poll();
  return { stop: () => clearInterval(polling) };
}

function fetchContext(
  { environments, departures, repositories, reports, wanted, wakeups, raise, log }: DeliveriesDependencies,
  { revisions, fault }: { readonly revisions: Revisions; readonly fault: Fault },
) {
  const reading = createKeyedLock();
  return {
    sources: repositories,
    revisions,
    environments: {
      all: async () => environments.all(),
      apps: environments.apps,
      targets: environments.appsOf,
      write: async (read: ReadEnvironments) => {
        await environments.write(read);
        const [declared] = read.states;
        if (declared) await repositories.tidy(declared.root);
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
    unraised: new Map<string, object>(),
    failing: new Set<string>(),
    lacking: new Set<string>(),
    patienceMs: 10_000,
    inTurn: <T>(work: () => Promise<T>) => reading('environments', work),
    wakeBuilds: (environment: string, trigger: Trigger) => wakeups.wake('builds', environment, { environment, trigger }),
    pending: reports.pending,
    fault,
    log,
  };
}
