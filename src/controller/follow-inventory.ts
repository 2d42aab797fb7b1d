import { messageOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Redis } from '../queue/redis.ts';
import { defaultSettle } from '../workers/plan-requests.ts';
import type { Revisions } from '../workers/revisions.ts';
import type { Departures } from './departures.ts';
import { createDiscovery } from './discovery.ts';
import type { EnvironmentStore } from './environment-store.ts';
import { type InventoryWatch, watchInventory } from './inventory-watch.ts';

export interface FollowInventoryDependencies {
  readonly redis: Redis;
  readonly log: Log;
  readonly lifecycle: Pick<Lifecycle, 'add'>;
  readonly environments: EnvironmentStore;
  readonly departures: Pick<Departures, 'refresh'>;
  readonly revisions: Pick<Revisions, 'settle'>;
  /** Has an application planned again; `again`: also where that failed before. */
  readonly raise: (environment: string, app: string, again: boolean) => Promise<void>;
}

/** Hears of what agents report: sees who has left and is back, and has applications planned again once it is quiet. */
export function followInventory(dependencies: FollowInventoryDependencies): InventoryWatch {
  const { redis, log, lifecycle, environments, departures, revisions, raise } = dependencies;
  const discovery = createDiscovery({
    targets: () =>
      environments
        .all()
        .flatMap(({ environment }) => environments.appsOf(environment.name).map((app) => ({ environment: environment.name, app }))),
    settle: async ({ environment, app }) => {
      const state = environments.get(environment);
      // A revision that cannot be planned must not lose what was discovered of the one that is deployed.
      return state?.revision ? revisions.settle({ ...state, revision: state.revision }, app).catch(() => defaultSettle) : defaultSettle;
    },
    raise,
    now: () => performance.now(),
    log,
  });
  lifecycle.add('discovery', () => discovery.close());
  let heard = false;
  let reminded = false;
  let looking = false;
  // In a storm of changes hosts are read one time after another, not once for each change.
  const look = async () => {
    looking = true;
    while (heard) {
      const again = reminded;
      heard = false;
      reminded = false;
      await departures.refresh().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'who has left is not known'));
      discovery.changed(again);
    }
    looking = false;
  };
  const onChange = (again: boolean) => {
    heard = true;
    reminded ||= again;
    if (!looking) void look();
  };
  const watch = watchInventory({ redis, log, onChange });
  lifecycle.add('inventory watch', () => watch.close());
  return watch;
}
