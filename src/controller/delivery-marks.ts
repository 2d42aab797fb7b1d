import { openDeliveries } from '../queue/deliveries.ts';
import { concludeDelivery, type DeliveryOutcome, failDelivery, noteOutcome } from '../queue/delivery-outcomes.ts';
import type { OpenPush } from '../queue/pushes.ts';
import type { Redis } from '../queue/redis.ts';
import { sourceTarget } from '../queue/targets.ts';
import type { WantedStore } from '../queue/wanted.ts';
import type { EnvironmentStore } from './environment-store.ts';

/** Gives deliveries their outcome: one that failed may be sent again. */
export interface DeliveryMarks {
  /** An environment has settled with these pushes; those that no other environment is still on its way with are marked. */
  settled(environment: string, pushes: readonly OpenPush[], outcome: DeliveryOutcome): Promise<void>;
  /** A source has been fetched: what of it moved nothing, or ended meanwhile, is marked. */
  fetched(source: string): Promise<void>;
  /** It could not be fetched, and trying again would not help: deliveries up to this generation that moved nothing have failed. */
  unfetched(source: string, generation: number): Promise<void>;
}

export function createDeliveryMarks(
  redis: Redis,
  wanted: Pick<WantedStore, 'read'>,
  environments: Pick<EnvironmentStore, 'root' | 'all' | 'problem'>,
): DeliveryMarks {
  const conclude = async (source: string, ids: readonly string[]) => {
    const names = environments.all().map(({ environment }) => environment.name);
    // Before windlass.yaml has been read once, nobody knows whom a delivery moves.
    if (names.length === 0) return;
    const otherwise = environments.problem() === undefined ? 'deployed' : 'failed';
    await Promise.all(ids.map((id) => concludeDelivery(redis, { source, id }, { environments: names, otherwise })));
  };
  return {
    settled: async (environment, pushes, outcome) => {
      for (const source of ['config', ...(environments.root()?.sources ?? []).map(({ name }) => name)]) {
        const noted = await Promise.all(pushes.map(({ id }) => noteOutcome(redis, { source, id }, environment, outcome)));
        await conclude(
          source,
          pushes.filter((_, i) => noted[i]).map(({ id }) => id),
        );
      }
    },
    fetched: async (source) => {
      const { handled } = await wanted.read(sourceTarget(source));
      await conclude(source, await openDeliveries(redis, source, handled));
    },
    unfetched: async (source, generation) => {
      for (const id of await openDeliveries(redis, source, generation)) await failDelivery(redis, { source, id });
    },
  };
}
