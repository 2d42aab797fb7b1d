import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAgentRequests } from './agent/agent-requests.ts';
import { createHands } from './agent/create-hands.ts';
import { createLogBuffer } from './agent/log-buffer.ts';
import { createPruner } from './agent/pruner.ts';
import { createUpkeep } from './agent/upkeep.ts';
import { createVitals } from './agent/vitals.ts';
import type { Engine } from './docker/engine.ts';
import { messageOf, WindlassError } from './errors.ts';
import { startReporter } from './inventory/reporter.ts';
import { createInventoryStore } from './inventory/store.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import type { Log } from './log.ts';
import type { HostFacts } from './model/host.ts';
import { consumeSteps } from './queue/consume-steps.ts';
import { createDeployments } from './queue/deployments.ts';
import { createEvents } from './queue/events.ts';
import { checkFormat } from './queue/format-mark.ts';
import { keys } from './queue/keys.ts';
import { claim } from './queue/locks.ts';
import { connect, type Redis } from './queue/redis.ts';
import type { Settings } from './settings.ts';
import { lockState } from './state-lock.ts';
import { markState } from './state-mark.ts';
import { readVersion } from './version.ts';
import { createFenceGuard } from './workers/fence-guard.ts';
import { runStep } from './workers/run-step.ts';
import { createStepTurns } from './workers/step-turns.ts';

/** Steps that one agent does at a time: an engine gains nothing from more, and pushes keep a place beside builds. */
const concurrency = 16;
const lockMs = 10_000;
const stopWithinMs = 8_000;

/** Puts the agent of this host together and starts it. `redisUrl` is the embedded Redis of a controller in the same process. */
export async function runAgent(settings: Settings, log: Log, redisUrl?: string): Promise<{ close(): Promise<void> }> {
  const lifecycle = createLifecycle((name, error) => log.warn({ name, error: messageOf(error) }, 'not closed cleanly'));
  try {
    await start(settings, log, redisUrl ?? requireRedisUrl(settings), lifecycle);
    return { close: () => lifecycle.close() };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

function requireRedisUrl({ redisUrl }: Settings): string {
  if (redisUrl) return redisUrl.reveal();
  throw new WindlassError('settings', "WINDLASS_REDIS_URL is not set: an agent of its own needs the controller's Redis");
}

async function start(settings: Settings, log: Log, redisUrl: string, lifecycle: Lifecycle): Promise<void> {
  lifecycle.add('state directory', await lockState(settings.stateDirectory, 'agent'));
  await markState(settings.stateDirectory);
  const { redis, lock } = await joinRedis(settings, log, redisUrl, lifecycle);
  const session = randomUUID();
  const hands = await createHands(settings, redis, log);
  const { engine, ledger, installer } = hands;
  const facts = await hostFacts(engine, settings, session);
  const buffer = openLogBuffer(redis, log, lifecycle);
  const store = createInventoryStore(redis);
  const now = () => Date.now();
  const vitals = createVitals(readVersion());
  lifecycle.add('vitals', () => vitals.close());
  const remind = () => store.remind(settings.host);
  const { begin, ...upkeep } = createUpkeep({ engine, ledger, installer, remind, intervalMs: settings.auditMs, log });
  const reporter = await startReporter({ engine, ledger, store, facts, ...upkeep, vitals: vitals.read, log, now });
  lifecycle.add('inventory', () => reporter.close());
  const keeping = begin(reporter);
  lifecycle.add('upkeep', () => keeping.close());
  const working = {
    hands: hands.byKind,
    fences: await createFenceGuard(join(settings.stateDirectory, 'agent')),
    turns: createStepTurns(),
    inventory: reporter,
    appendLog: buffer.add,
    contents: hands.contents,
    now,
    log,
  };
  const consumer = await consumeSteps({
    redis,
    host: settings.host,
    session,
    concurrency,
    log,
    now,
    onRequest: createAgentRequests({
      ...hands,
      prune: createPruner({ engine, store, containers: hands.containers, fault: hands.fault, log }),
      pull: async (reference, signal) => {
        await hands.pull(reference, signal);
        await reporter.refreshImages();
      },
    }),
    handler: async (order, { signal, progress }) => {
      const result = await runStep(order, { ...working, progress }, signal);
      // Whoever follows the log stops at the end of the deployment: its last lines must be there before.
      await buffer.flush();
      return result;
    },
  });
  lifecycle.add('steps', () => consumer.close(stopWithinMs));
  const yieldToOther = () => {
    log.error({ host: settings.host }, 'another agent serves this host: this one stops');
    void lifecycle.close();
  };
  lock.lost.addEventListener('abort', yieldToOther);
  if (lock.lost.aborted) yieldToOther();
  log.info({ host: settings.host, engine: facts.engine }, 'agent started');
}

/** A connection, and the lock that makes this the one agent of its host. */
async function joinRedis({ host, stateDirectory }: Settings, log: Log, redisUrl: string, lifecycle: Lifecycle) {
  const redis = connect(redisUrl, 'worker', log);
  lifecycle.add('Redis connection', () => redis.disconnect());
  const lock = await claim(redis, {
    key: keys.agent(host),
    holder: `agent-${host}-${stateDirectory.replaceAll(' ', '_')}`,
    ttlMs: lockMs,
    what: `the agent of host ${host}`,
    log,
  });
  lifecycle.add('agent lock', () => lock.release());
  await checkFormat(redis, readVersion());
  return { redis, lock };
}

/** Lines of tools' output on their way to the deployment they belong to. */
function openLogBuffer(redis: Redis, log: Log, lifecycle: Lifecycle) {
  const deployments = createDeployments(redis, createEvents(redis, log));
  const buffer = createLogBuffer((deployment, lines) => deployments.appendLog(deployment, lines), log);
  lifecycle.add('log lines', () => buffer.flush());
  return buffer;
}

async function hostFacts(engine: Engine, settings: Settings, session: string): Promise<HostFacts> {
  const { version, cpus, memory } = await engine.info();
  return { name: settings.host, address: settings.hostAddress, labels: { ...settings.hostLabels }, cpus, memory, engine: version, session };
}
