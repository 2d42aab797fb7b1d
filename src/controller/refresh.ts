import { setTimeout as sleep } from 'node:timers/promises';
import { sourceTarget } from '../queue/targets.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';

const lookMs = 50;
/** A Git host that is away is not waited for: what was fetched last is deployed. */
const patienceMs = 10_000;

/** Has the repository and its sources fetched, and waits until that is done. What else of them has moved was found, not asked for. */
export function createRefresh(
  sources: () => readonly string[],
  wanted: Pick<WantedStore, 'raise' | 'read'>,
  wakeups: Pick<Wakeups, 'wake'>,
): () => Promise<void> {
  const refresh = async (source: string) => {
    const target = sourceTarget(source);
    const generation = await wanted.raise(target, { trigger: 'poll' });
    await wakeups.wake('deliveries', source, { source });
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookMs) {
      if ((await wanted.read(target)).handled >= generation) return;
      await sleep(lookMs);
    }
  };
  return async () => void (await Promise.all(['config', ...sources()].map(refresh)));
}
