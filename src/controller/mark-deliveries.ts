import { markDelivery, openDeliveries } from '../queue/deliveries.ts';
import type { Redis } from '../queue/redis.ts';
import { sourceTarget } from '../queue/targets.ts';
import type { WantedStore } from '../queue/wanted.ts';
import type { EnvironmentStore } from './environment-store.ts';

/** Notes the outcome of every delivery that has been handled, whichever source it came from. */
export function createMarkDeliveries(redis: Redis, wanted: Pick<WantedStore, 'read'>, environments: Pick<EnvironmentStore, 'root'>) {
  return async (state: 'failed' | 'deployed'): Promise<void> => {
    for (const source of ['config', ...(environments.root()?.sources ?? []).map(({ name }) => name)]) {
      const { handled } = await wanted.read(sourceTarget(source));
      for (const id of await openDeliveries(redis, source, handled)) await markDelivery(redis, source, id, state);
    }
  };
}
