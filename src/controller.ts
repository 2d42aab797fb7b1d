import { randomBytes } from 'node:crypto';
import { createApi } from './api/app.ts';
import { listen } from './api/listen.ts';
import { createMetrics } from './api/metrics.ts';
import { createStreamHub } from './api/stream-hub.ts';
import { createAgentDoor } from './controller/agent-door.ts';
import { createContentStore } from './controller/content-store.ts';
import { createDepartures } from './controller/departures.ts';
import { deployStores } from './controller/deploy-stores.ts';
import { createDoctor } from './controller/doctor.ts';
import { createEnvironmentStore, type KeptEnvironment } from './controller/environment-store.ts';
import { followInventory } from './controller/follow-inventory.ts';
import { createHooks } from './controller/hooks.ts';
import { createHousekeeping } from './controller/housekeeping.ts';
import { rememberedOf } from './controller/leaving-terms.ts';
import { tellLostState } from './controller/lost-state.ts';
import { makeSecrets } from './controller/made-secrets.ts';
import { createMarkDeliveries } from './controller/mark-deliveries.ts';
import { openNotifications } from './controller/notifications.ts';
import { openReading } from './controller/open-reading.ts';
import { openRedis } from './controller/open-redis.ts';
import { createOperations } from './controller/operations.ts';
import { createPushTrail } from './controller/push-trail.ts';
import { createRaise } from './controller/raise.ts';
import { createMetricsReader } from './controller/read-metrics.ts';
import { createReadiness } from './controller/readiness.ts';
import { createRefresh } from './controller/refresh.ts';
import { createReports } from './controller/reports.ts';
import { startWorkers } from './controller/workers.ts';
import { messageOf } from './errors.ts';
import { createFault } from './fault.ts';
import { createInventoryStore } from './inventory/store.ts';
import { createLifecycle } from './lifecycle.ts';
import type { Log } from './log.ts';
import { agentQueue } from './queue/agent-jobs.ts';
import { agentToken } from './queue/agent-token.ts';
import { createControls } from './queue/controls.ts';
import { createDeployments } from './queue/deployments.ts';
import { createEvents } from './queue/events.ts';
import { markFormat } from './queue/format-mark.ts';
import { keys } from './queue/keys.ts';
import { claim } from './queue/locks.ts';
import { createPushes } from './queue/pushes.ts';
import { connect, serverPid } from './queue/redis.ts';
import { createRemembered } from './queue/remembered.ts';
import { resetQueue } from './queue/reset.ts';
import { createStateStore } from './queue/state.ts';
import { createStepQueue } from './queue/steps.ts';
import { createWakeups } from './queue/wakeups.ts';
import { createWanted } from './queue/wanted.ts';
import { mask } from './secret.ts';
import type { Settings } from './settings.ts';
import { lockState } from './state-lock.ts';
import { markState } from './state-mark.ts';
import { readVersion } from './version.ts';
import { createUnderWay } from './workers/deploy-context.ts';

export interface RunningController {
  readonly url: string;
  /** Where its agents find Redis. */
  readonly redisUrl: string;
  close(): Promise<void>;
}

const lockMs = 10_000;

/** Puts the controller together and starts it: Redis, stores, doors, workers. What was opened last is closed first. */
export async function runController(settings: Settings, log: Log): Promise<RunningController> {
  const lifecycle = createLifecycle((name, error) => log.warn({ name, error: messageOf(error) }, 'not closed cleanly'));
  try {
    return await start(settings, log, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function start(settings: Settings, log: Log, lifecycle: ReturnType<typeof createLifecycle>): Promise<RunningController> {
  lifecycle.add('state directory', await lockState(settings.stateDirectory, 'controller'));
  await markState(settings.stateDirectory);
  const redisUrl = await openRedis(settings, log, lifecycle);
  const producer = connect(redisUrl, 'producer', log);
  const redis = connect(redisUrl, 'worker', log);
  lifecycle.add('Redis connections', () => [producer, redis].map((connection) => connection.disconnect()));
  const secrets = await makeSecrets(settings);
  const lock = await claim(redis, {
    key: keys.controller,
    holder: `controller-${settings.host}-${settings.stateDirectory.replaceAll(' ', '_')}`,
    ttlMs: lockMs,
    what: 'the controller of this Redis',
    log,
  });
  lifecycle.add('controller lock', () => lock.release());
  await markFormat(redis, readVersion());

  const now = () => Date.now();
  const events = createEvents(redis, log);
  lifecycle.add('events', () => events.close());
  const states = createStateStore<KeptEnvironment>(redis, events);
  const deployments = createDeployments(redis, events, { outbox: settings.notifyUrl !== undefined });
  const wanted = createWanted(redis);
  const wakeups = createWakeups({ redis: producer, log });
  lifecycle.add('queues', () => wakeups.close());
  const steps = createStepQueue({ redis, log, now });
  lifecycle.add('step queue', () => steps.close());
  const inventory = createInventoryStore(redis);
  const decisions = { controls: createControls(redis), underWay: createUnderWay() };
  const environments = createEnvironmentStore(states);
  const remembered = createRemembered(redis);
  const departures = createDepartures({ environments, hosts: () => inventory.readHosts(), wanted, states, remembered });
  const contents = createContentStore();
  const metrics = createMetrics();
  const trail = createPushTrail({ pushes: createPushes(redis), now, log, count: metrics.push });
  const hub = createStreamHub();
  const reading = await openReading(settings, environments.root, log, lifecycle);
  const { repositories, revisions } = reading;
  const housekeeping = createHousekeeping({ environments, revisions, remembered, inventory, settings, steps, log, lifecycle });
  const secretsShown = new Set<string>();

  const raise = createRaise(wanted, wakeups);
  const watch = followInventory({
    redis,
    log,
    lifecycle,
    environments,
    departures,
    revisions,
    raise: (environment, app) => raise(environment, app, 'discovery'),
  });
  const fresh = (await states.environments()).length === 0;
  lifecycle.add('look-out for lost state', tellLostState({ fresh, hosts: () => inventory.readHosts(), watch, log }));
  const reports = createReports({
    trail,
    environments,
    wanted,
    states,
    deployments,
    send: (report) => wakeups.wake('reports', `${report.environment}-${report.commit}`, report),
    markDeliveries: createMarkDeliveries(redis, wanted, environments),
  });

  const operations = createOperations({
    environments,
    inventory,
    wanted,
    states,
    remembered,
    deployments,
    events,
    steps,
    hub,
    ...decisions,
    raise,
    clearHost: async (host) => void (await resetQueue(redis, agentQueue(host))),
    refresh: createRefresh(() => (environments.root()?.sources ?? []).map(({ name }) => name), wanted, wakeups),
    wakeups,
    now: () => new Date(),
    ...reading,
    committer: { name: 'windlass', email: `windlass@${settings.host}` },
    hook: async () => hooks.document(),
    ready: createReadiness(producer, lock, environments),
    metrics: () => readMetrics(),
    doctor: () => examine(),
  });
  const looking = { settings, version: readVersion(), redis: producer, environments, repositories, inventory, steps, now };
  const readMetrics = createMetricsReader({ ...looking, metrics, status: operations.status, wanted, trail, wakeups });
  const examine = createDoctor({ ...looking, secrets, plan: operations.plan, hub });
  const hooks = createHooks({ settings, secrets, environments, producer, wakeups, metrics, log, now });
  const api = createApi({
    operations,
    agentDoor: createAgentDoor({ contents, revisions, trees: repositories, inventory, steps, hub }),
    adminToken: secrets.adminToken,
    agentToken: await agentToken(redis),
    hooks: hooks.door,
    log,
  });
  const listening = await listen(api, settings.listen);
  lifecycle.add('HTTP server', () => listening.close());
  const notifications = await openNotifications({ settings, secrets: secrets.notifySecrets, redis, deployments, wakeups, now, log });
  lifecycle.add('notifications', () => notifications.close());

  const workers = await startWorkers({
    settings,
    redis,
    log,
    wanted,
    controls: decisions.controls,
    wakeups,
    raise,
    environments,
    departures,
    housekeeping,
    repositories,
    reports,
    trail,
    metrics,
    context: {
      remembered: rememberedOf(remembered, states),
      revisions,
      hosts: () => inventory.readHosts(),
      environment: async (name) => environments.get(name),
      ...deployStores(states, deployments, notifications.ended),
      ...decisions,
      steps,
      keepContents: (bytes) => contents.keep(bytes),
      keepSecrets: (texts) => {
        for (const text of texts) secretsShown.add(text);
      },
      mask: (text) => mask(text, secretsShown),
      inventoryChange: (withinMs, signal) => watch.change(withinMs, signal),
      fault: createFault(settings.fault, settings.fault === undefined ? undefined : await serverPid(redis)),
      newId: () => `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`,
      now: () => new Date(),
    },
  });
  lifecycle.add('workers', () => workers.close());
  const yieldToOther = () => {
    log.error({}, 'another controller has taken over: this one stops working');
    void workers.close();
  };
  lock.lost.addEventListener('abort', yieldToOther);
  if (lock.lost.aborted) yieldToOther();
  log.info({ url: listening.url, repository: settings.repository === undefined ? undefined : 'set' }, 'controller started');
  return { url: listening.url, redisUrl, close: () => lifecycle.close() };
}
