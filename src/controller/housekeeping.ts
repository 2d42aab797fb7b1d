import { messageOf } from '../errors.ts';
import type { InventoryStore } from '../inventory/store.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { builderOf } from '../planning/images.ts';
import type { RememberedStore } from '../queue/remembered.ts';
import type { StepQueue } from '../queue/steps.ts';
import type { Settings } from '../settings.ts';
import type { Revisions } from '../workers/revisions.ts';
import type { EnvironmentStore } from './environment-store.ts';
import { createImageNeeds, type ImageNeeds } from './image-needs.ts';

/** The cache of builds on the host that builds, in bytes. */
const buildCache = 10 * 1024 ** 3;
const calmMs = 10_000;
const hourMs = 3_600_000;

export interface HousekeepingDependencies {
  readonly environments: EnvironmentStore;
  readonly revisions: Pick<Revisions, 'declaredImages'>;
  readonly remembered: Pick<RememberedStore, 'read'>;
  readonly inventory: Pick<InventoryStore, 'readHosts'>;
  readonly settings: Pick<Settings, 'host'>;
  readonly steps: Pick<StepQueue, 'request'>;
  readonly log: Log;
  readonly lifecycle: Pick<Lifecycle, 'add'>;
}

/** Has agents give up what nobody needs any more: some seconds after deployments, and every hour. */
export interface Housekeeping extends Pick<ImageNeeds, 'needs'> {
  /** Something has been deployed or built. */
  due(): void;
}

export function createHousekeeping(dependencies: HousekeepingDependencies): Housekeeping {
  const { environments, revisions, remembered, inventory, settings, steps, log, lifecycle } = dependencies;
  const { needs, retained } = createImageNeeds(environments, revisions, log);
  const closed = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const prune = async () => {
    const terms = await retained(remembered);
    const known = await inventory.readHosts();
    const builder = builderOf(environments.root(), known, settings.host)?.name;
    const ready = known.filter(({ state }) => state === 'ready').map(({ name }) => name);
    const request = (host: string) => ({ kind: 'prune', ...terms, ...(host === builder ? { buildCache } : {}) }) as const;
    await Promise.all(ready.map((host) => steps.request({ host, request: request(host), signal: closed.signal })));
  };
  const run = () => {
    timer = undefined;
    prune().catch((error: unknown) => log.debug({ error: messageOf(error) }, 'not pruned'));
  };
  // The first of several calls counts: in a storm of deployments nothing would ever be calm.
  const due = () => {
    if (closed.signal.aborted) return;
    timer ??= setTimeout(run, calmMs);
  };
  const hourly = setInterval(due, hourMs);
  lifecycle.add('housekeeping', () => {
    closed.abort();
    clearInterval(hourly);
    clearTimeout(timer);
  });
  return { due, needs };
}
