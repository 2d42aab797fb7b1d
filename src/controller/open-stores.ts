import { createInventoryStore, type InventoryStore } from '../inventory/store.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { type ControlStore, createControls } from '../queue/controls.ts';
import { createDeployments, type Deployments } from '../queue/deployments.ts';
import { createEvents, type Events } from '../queue/events.ts';
import { markFormat } from '../queue/format-mark.ts';
import { keys } from '../queue/keys.ts';
import { claim, type Lock } from '../queue/locks.ts';
import { connect, type Redis } from '../queue/redis.ts';
import { createRemembered, type RememberedStore } from '../queue/remembered.ts';
import { createStateStore, type StateStore } from '../queue/state.ts';
import { createStepQueue, type StepQueue } from '../queue/steps.ts';
import { createWakeups, type Wakeups } from '../queue/wakeups.ts';
import { createWanted, type WantedStore } from '../queue/wanted.ts';
import type { Settings } from '../settings.ts';
import { readVersion } from '../version.ts';
import { createUnderWay, type UnderWay } from '../workers/deploy-context.ts';
import { createEnvironmentStore, type EnvironmentStore, type KeptEnvironment } from './environment-store.ts';
import { openRedis } from './open-redis.ts';

/** Redis, and all that is kept in it. */
export interface Stores {
  /** Where the agents of this controller find Redis. */
  readonly redisUrl: string;
  /** Fails at once while Redis is away; `redis` waits for it. */
  readonly producer: Redis;
  readonly redis: Redis;
  readonly lock: Lock;
  readonly events: Events;
  readonly states: StateStore<KeptEnvironment>;
  readonly environments: EnvironmentStore;
  readonly deployments: Deployments;
  readonly wanted: WantedStore;
  readonly wakeups: Wakeups;
  readonly steps: StepQueue;
  readonly inventory: InventoryStore;
  readonly controls: ControlStore;
  readonly underWay: UnderWay;
  readonly remembered: RememberedStore;
}

const lockMs = 10_000;

/** Starts or finds Redis and claims it: WindlassError `conflict` when another controller has it, or its format is not ours. */
export async function openStores(settings: Settings, log: Log, lifecycle: Lifecycle): Promise<Stores> {
  const redisUrl = await openRedis(settings, log, lifecycle);
  const producer = connect(redisUrl, 'producer', log);
  const redis = connect(redisUrl, 'worker', log);
  lifecycle.add('Redis connections', () => [producer, redis].map((connection) => connection.disconnect()));
  const lock = await claim(redis, {
    key: keys.controller,
    holder: `controller-${settings.host}-${settings.stateDirectory.replaceAll(' ', '_')}`,
    ttlMs: lockMs,
    what: 'the controller of this Redis',
    log,
  });
  lifecycle.add('controller lock', () => lock.release());
  await markFormat(redis, readVersion());

  const events = createEvents(redis, log);
  lifecycle.add('events', () => events.close());
  const wakeups = createWakeups({ redis: producer, log });
  lifecycle.add('queues', () => wakeups.close());
  const steps = createStepQueue({ redis, log, now: () => Date.now() });
  lifecycle.add('step queue', () => steps.close());
  const states = createStateStore<KeptEnvironment>(redis, events);
  return {
    redisUrl,
    producer,
    redis,
    lock,
    events,
    states,
    environments: createEnvironmentStore(states),
    deployments: createDeployments(redis, events, { outbox: settings.notifyUrl !== undefined }),
    wanted: createWanted(redis),
    wakeups,
    steps,
    inventory: createInventoryStore(redis),
    controls: createControls(redis),
    underWay: createUnderWay(),
    remembered: createRemembered(redis),
  };
}
