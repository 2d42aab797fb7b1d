import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAgentRequests } from './agent/agent-requests.ts';
import { localEndpoint } from './agent/local-endpoint.ts';
import { createLogBuffer } from './agent/log-buffer.ts';
import { createPruner } from './agent/pruner.ts';
import { createInstaller } from './configpush/installer.ts';
import { createContainers } from './containers/create-containers.ts';
import { createEngine } from './docker/create-engine.ts';
import type { Engine } from './docker/engine.ts';
import { examineMachine } from './doctor/examine-machine.ts';
import { messageOf, WindlassError } from './errors.ts';
import { createFault } from './fault.ts';
import { createImageBuilder } from './imagebuild/build-image.ts';
import { createImageStore } from './imagebuild/image-store.ts';
import { withAdopted } from './inventory/adopted-engine.ts';
import { createLedger } from './inventory/ledger.ts';
import { startReporter } from './inventory/reporter.ts';
import { createInventoryStore } from './inventory/store.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import type { Log } from './log.ts';
import type { HostFacts } from './model/host.ts';
import { agentToken } from './queue/agent-token.ts';
import { consumeSteps } from './queue/consume-steps.ts';
import { createDeployments } from './queue/deployments.ts';
import { createEvents } from './queue/events.ts';
import { checkFormat } from './queue/format-mark.ts';
import { keys } from './queue/keys.ts';
import { claim } from './queue/locks.ts';
import { connect, serverPid } from './queue/redis.ts';
import type { Settings } from './settings.ts';
import { lockState } from './state-lock.ts';
import { markState } from './state-mark.ts';
import { readVersion } from './version.ts';
import { createControllerDoor } from './workers/controller-door.ts';
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
  const redis = connect(redisUrl, 'worker', log);
  lifecycle.add('Redis connection', () => redis.disconnect());
  const fault = createFault(settings.fault, settings.fault === undefined ? undefined : await serverPid(redis));
  const holder = `agent-${settings.host}-${settings.stateDirectory.replaceAll(' ', '_')}`;
  const lock = await claim(redis, {
    key: keys.agent(settings.host),
    holder,
    ttlMs: lockMs,
    what: `the agent of host ${settings.host}`,
    log,
  });
  lifecycle.add('agent lock', () => lock.release());
  await checkFormat(redis, readVersion());

  const session = randomUUID();
  const directory = join(settings.stateDirectory, 'agent');
  const ledger = await createLedger(join(directory, 'ledger'));
  const endpoint = await localEndpoint(settings);
  const engine = withAdopted(createEngine(endpoint), ledger);
  const facts = await hostFacts(engine, settings, session);
  const fences = await createFenceGuard(directory);
  const turns = createStepTurns();
  const door = createControllerDoor(settings.url, () => agentToken(redis));
  const installer = createInstaller({ engine, ledger, contents: door.content, fault, log });
  await installer.sweepShadows();
  const builder = createImageBuilder({ engine, fetchContext: ({ inputs }, signal) => door.buildContext(inputs, signal), fault, log });
  const images = createImageStore({ engine, fetchImage: door.image, log });
  const containers = createContainers({
    engine,
    ledger,
    fault,
    log,
    ensureImage: (image, signal) => images.ensure(image, signal),
    place: (container, files) => installer.place(container, files),
    check: (container, argv, files, imageId) => installer.check(container, argv, files, imageId),
  });
  const events = createEvents(redis, log);
  const deployments = createDeployments(redis, events);
  const buffer = createLogBuffer((deployment, lines) => deployments.appendLog(deployment, lines), log);
  lifecycle.add('log lines', () => buffer.flush());

  const store = createInventoryStore(redis);
  const reporter = await startReporter({ engine, ledger, store, facts, started: installer.started, log, now: () => Date.now() });
  lifecycle.add('inventory', () => reporter.close());
  const prune = createPruner({ engine, store, containers, log });
  const consumer = await consumeSteps({
    redis,
    host: settings.host,
    session,
    concurrency,
    log,
    now: () => Date.now(),
    onRequest: createAgentRequests({
      engine,
      installer,
      examine: (signal) =>
        examineMachine({ engine, endpoint: endpoint.url, stateDirectory: settings.stateDirectory, now: () => Date.now() }, signal),
      prune,
      deliver: door.deliver,
    }),
    handler: (order, { signal, progress }) =>
      runStep(
        order,
        {
          hands: {
            buildImage: builder.build,
            adopt: containers.adopt,
            recreate: containers.recreate,
            push: installer.push,
            remove: containers.remove,
            runJob: containers.runJob,
          },
          fences,
          turns,
          inventory: reporter,
          appendLog: buffer.add,
          progress,
          now: () => Date.now(),
          log,
        },
        signal,
      ),
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

async function hostFacts(engine: Engine, settings: Settings, session: string): Promise<HostFacts> {
  const { version, cpus, memory } = await engine.info();
  return { name: settings.host, address: settings.hostAddress, labels: { ...settings.hostLabels }, cpus, memory, engine: version, session };
}
