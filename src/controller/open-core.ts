import { createMetrics, type Metrics } from '../api/metrics.ts';
import { createStreamHub, type StreamHub } from '../api/stream-hub.ts';
import { messageOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { createPushes } from '../queue/pushes.ts';
import { createShownPending } from '../queue/shown-pending.ts';
import type { Settings } from '../settings.ts';
import type { CanaryPauses } from '../workers/deploy-context.ts';
import { createStrangerTries, type StrangerTries } from '../workers/stranger-tries.ts';
import { createCanaryPauses } from './canary-pauses.ts';
import { type ContentStore, createContentStore } from './content-store.ts';
import { createDeliveryMarks, type DeliveryMarks } from './delivery-marks.ts';
import { createDepartures, type Departures } from './departures.ts';
import { followInventory } from './follow-inventory.ts';
import { createHousekeeping, type Housekeeping } from './housekeeping.ts';
import type { InventoryWatch } from './inventory-watch.ts';
import { tellLostState } from './lost-state.ts';
import type { MadeSecrets } from './made-secrets.ts';
import { createNeededCommits } from './needed-commits.ts';
import { openReading, type Reading } from './open-reading.ts';
import type { Stores } from './open-stores.ts';
import { createPushTrail, type PushTrail } from './push-trail.ts';
import { createRaise, type Raise } from './raise.ts';
import { createReports, type Reports } from './reports.ts';

/** What the doors and the workers share. */
export interface Core extends Reading {
  readonly departures: Departures;
  readonly contents: ContentStore;
  readonly metrics: Metrics;
  readonly trail: PushTrail;
  readonly hub: StreamHub;
  readonly housekeeping: Housekeeping;
  readonly raise: Raise;
  readonly watch: InventoryWatch;
  readonly reports: Reports;
  readonly marks: DeliveryMarks;
  readonly pauses: CanaryPauses;
  readonly strangers: StrangerTries;
}

/** Everything that the controller's doors and its workers are made of. */
export interface Assembly {
  readonly settings: Settings;
  readonly secrets: MadeSecrets;
  readonly stores: Stores;
  readonly core: Core;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
}

/** Reads the repository, follows the agents' reports, and knows whom to tell of outcomes. */
export async function openCore(settings: Settings, stores: Stores, log: Log, lifecycle: Lifecycle): Promise<Core> {
  const { redis, states, environments, deployments, wanted, wakeups, steps, inventory, remembered, controls } = stores;
  const departures = createDepartures({ environments, hosts: () => inventory.readHosts(), wanted, states, remembered });
  const metrics = createMetrics();
  const trail = createPushTrail({ pushes: createPushes(redis), deployments, now: () => Date.now(), log, count: metrics.push });
  const reading = await openReading(settings, environments.root, createNeededCommits(stores), metrics.rendered, log, lifecycle);
  const { revisions } = reading;
  const housekeeping = createHousekeeping({ environments, revisions, remembered, inventory, settings, steps, log, lifecycle });
  const raise = createRaise(wanted, wakeups);
  const watch = followInventory({
    redis,
    log,
    lifecycle,
    environments,
    departures,
    revisions,
    raise: (environment, app, again) => raise(environment, app, 'discovery', again),
  });
  const fresh = (await states.environments()).length === 0;
  const isInHistory = async (environment: string, app: string) => (await deployments.latest(environment, app)) !== undefined;
  lifecycle.add('look-out for lost state', tellLostState({ fresh, hosts: () => inventory.readHosts(), isInHistory, watch, log }));
  const marks = createDeliveryMarks(redis, wanted, environments);
  const reports = createReports({
    trail,
    environments,
    wanted,
    states,
    deployments,
    send: (report) => wakeups.wake('reports', `${report.environment}-${report.commit}`, report),
    shown: createShownPending(redis),
    deliveries: marks,
  });
  const contents = createContentStore();
  const pauses = createCanaryPauses({ states, wanted, controls, wakeups, now: () => Date.now(), log });
  lifecycle.add('pauses of canaries', () => pauses.close());
  await pauses.resume();
  const strangers = openStrangerTries(raise, log);
  lifecycle.add('pushes into strangers', () => strangers.close());
  const hub = createStreamHub();
  return { ...reading, departures, contents, metrics, trail, hub, housekeeping, raise, watch, reports, marks, pauses, strangers };
}

function openStrangerTries(raise: Raise, log: Log): StrangerTries {
  return createStrangerTries({
    now: () => performance.now(),
    raise: (environment, app) => {
      raise(environment, app, 'discovery').catch((error: unknown) =>
        log.warn({ environment, app, error: messageOf(error) }, 'a push into a stranger is not tried again yet'),
      );
    },
  });
}
