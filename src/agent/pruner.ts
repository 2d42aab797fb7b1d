import type { Containers } from '../containers/create-containers.ts';
import type { Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { Fault } from '../fault.ts';
import { pruneImages } from '../imagebuild/prune-images.ts';
import type { InventoryStore } from '../inventory/store.ts';
import type { Log } from '../log.ts';
import type { AgentRequest } from '../queue/agent-jobs.ts';

export interface PrunerDependencies {
  readonly engine: Engine;
  readonly store: Pick<InventoryStore, 'readHosts'>;
  readonly containers: Pick<Containers, 'sweepNetworks'>;
  readonly fault: Fault;
  readonly log: Log;
}

/** Gives up what the controller says nobody needs any more; each part for itself, and what fails is tried again the next time. */
export function createPruner({
  engine,
  store,
  containers,
  fault,
  log,
}: PrunerDependencies): (request: Extract<AgentRequest, { readonly kind: 'prune' }>) => Promise<void> {
  return async ({ needed, keep, otherwise, buildCache }) => {
    const part = (what: string, work: Promise<unknown>) =>
      work.catch((error: unknown) => log.warn({ error: messageOf(error) }, `${what} not pruned`));
    // What other hosts run was fetched from here and may be fetched again.
    const usedElsewhere = new Set((await store.readHosts()).flatMap((host) => host.containers.map(({ imageId }) => imageId)));
    const pruning = { usedElsewhere, needed: new Set(needed), keep: (image: string) => keep[image] ?? otherwise };
    await part('images', pruneImages({ engine, fault, log, ...pruning }));
    await part('networks', containers.sweepNetworks());
    if (buildCache !== undefined) await part('build cache', engine.pruneBuildCache(buildCache));
  };
}
