import type { HostRecord } from '../model/host.ts';
import type { RememberedStore } from '../queue/remembered.ts';
import type { StateStore } from '../queue/state.ts';
import { type AppTarget, appTarget, parseTarget, type Target } from '../queue/targets.ts';
import type { WantedStore } from '../queue/wanted.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';

export interface DeparturesDependencies {
  readonly environments: EnvironmentStore;
  readonly hosts: () => Promise<readonly HostRecord[]>;
  readonly wanted: Pick<WantedStore, 'list' | 'forget'>;
  readonly states: Pick<StateStore<KeptEnvironment>, 'forgetState'>;
  readonly remembered: Pick<RememberedStore, 'forget'>;
}

/** Sees to applications and environments that have left the repository until nothing of them is left anywhere. */
export interface Departures {
  /** To be called when the repository was read or containers have changed: who has left and still has containers. */
  refresh(): Promise<void>;
  /** The same, and forgets what is wanted and known of whatever is neither declared nor there. */
  sweep(): Promise<void>;
}

export function createDepartures({ environments, hosts, wanted, states, remembered }: DeparturesDependencies): Departures {
  const refresh = async () => environments.setDeparted(departedApplications(environments, await hosts()));
  const forget = async (target: AppTarget) => {
    await states.forgetState(target);
    await remembered.forget(target);
    await wanted.forget(target);
  };
  return {
    refresh,
    sweep: async () => {
      await refresh();
      const present = new Set(
        environments.all().flatMap(({ environment: { name } }) => environments.appsOf(name).map((app) => appTarget(name, app))),
      );
      const sources = environments.root()?.sources.map(({ name }) => name);
      for (const { target, generation, handled } of await wanted.list()) {
        const gone = isAppTarget(target) ? !present.has(target) : sources !== undefined && !isSourceOf(target, sources);
        if (!gone || generation > handled) continue;
        if (isAppTarget(target)) await forget(target);
        else await wanted.forget(target);
      }
      for (const name of environments.former()) {
        if (environments.get(name) === undefined) await environments.forget(name);
      }
    },
  };
}

const isAppTarget = (target: Target): target is AppTarget => target.startsWith('app:');

function isSourceOf(target: Target, sources: readonly string[]): boolean {
  const named = parseTarget(target);
  return named.kind === 'source' && (named.source === 'config' || sources.includes(named.source));
}

/** By environment: applications that have containers windlass made, but are not in the repository. */
export function departedApplications(
  { apps, all, former }: Pick<EnvironmentStore, 'apps' | 'all' | 'former'>,
  hosts: readonly HostRecord[],
): Readonly<Record<string, readonly string[]>> {
  const declared = apps();
  const known = new Set([...all().map(({ environment }) => environment.name), ...former()]);
  const departed = new Map<string, Set<string>>();
  for (const { environment, app, spec } of hosts.flatMap(({ containers }) => containers)) {
    if (spec === undefined || !known.has(environment) || declared[environment]?.includes(app)) continue;
    departed.set(environment, (departed.get(environment) ?? new Set()).add(app));
  }
  return Object.fromEntries([...departed].map(([environment, names]) => [environment, [...names].sort()]));
}
