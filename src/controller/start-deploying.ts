import { randomBytes } from 'node:crypto';
import { mask } from '../secret.ts';
import { openFault } from '../settings-fault.ts';
import { createAskAgents } from './ask-agents.ts';
import { deployStores } from './deploy-stores.ts';
import { rememberedOf } from './leaving-terms.ts';
import { openNotifications } from './notifications.ts';
import type { Assembly } from './open-core.ts';
import { createRefreshImages } from './refresh-images.ts';
import { startWorkers, type WorkersDependencies } from './workers.ts';

/** Starts the workers, for as long as this controller holds the lock, and tells of outcomes whoever wants to know. */
export async function startDeploying(dependencies: Assembly): Promise<void> {
  const { settings, secrets, stores, core, log, lifecycle } = dependencies;
  const { redis, deployments, wakeups, lock } = stores;
  const now = () => Date.now();
  const notifications = await openNotifications({ settings, secrets: secrets.notifySecrets, redis, deployments, wakeups, now, log });
  lifecycle.add('notifications', () => notifications.close());
  const context = await deployContext(dependencies, notifications.ended);
  const workers = await startWorkers({ ...stores, ...core, settings, log, context });
  lifecycle.add('workers', () => workers.close());
  const yieldToOther = () => {
    log.error({}, 'another controller has taken over: this one stops working');
    void workers.close();
  };
  lock.lost.addEventListener('abort', yieldToOther);
  if (lock.lost.aborted) yieldToOther();
}

async function deployContext(
  { settings, stores, core, log }: Assembly,
  ended: (id: string) => void,
): Promise<WorkersDependencies['context']> {
  const { states, environments, deployments, steps, inventory, controls, underWay, remembered } = stores;
  const { revisions, contents, watch, pauses, strangers } = core;
  const secretsShown = new Set<string>();
  return {
    remembered: rememberedOf(remembered, states),
    revisions,
    hosts: () => inventory.readHosts(),
    environment: async (name) => environments.get(name),
    ...deployStores(states, deployments, ended),
    controls,
    underWay,
    askAgents: createAskAgents(steps),
    refreshImages: createRefreshImages(steps, log),
    pauses,
    strangers,
    steps,
    keepContents: (bytes) => contents.keep(bytes),
    keepSecrets: (texts) => {
      for (const text of texts) secretsShown.add(text);
    },
    mask: (text) => mask(text, secretsShown),
    inventoryChange: (withinMs, signal) => watch.change(withinMs, signal),
    fault: openFault(settings.fault),
    newId: () => `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`,
    now: () => new Date(),
  };
}
