import { setTimeout } from 'node:timers/promises';
import { sourceTarget } from '../queue/targets.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';

const everyMs = 50;
const patienceMs = 30_000;

/** Has the repository fetched at once, and waits until what it says is raised; whoever waits longer than 30 s sees it later. */
export function createRefetch(wanted: Pick<WantedStore, 'raise' | 'read'>, wakeups: Pick<Wakeups, 'wake'>): () => Promise<void> {
  return async () => {
    const target = sourceTarget('config');
    const generation = await wanted.raise(target, { trigger: 'push' });
    await wakeups.wake('deliveries', 'config', { source: 'config' });
    for (let waited = 0; waited < patienceMs; waited += everyMs) {
      if ((await wanted.read(target)).handled >= generation) return;
      await setTimeout(everyMs);
    }
  };
}
