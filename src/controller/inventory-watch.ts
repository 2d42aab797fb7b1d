import { inventoryChannel } from '../inventory/store.ts';
import type { Log } from '../log.ts';
import { duplicate, type Redis } from '../queue/redis.ts';

/** Hears of every change that agents report. */
export interface InventoryWatch {
  /** Resolves at the next change, or after the time; rejects when aborted. */
  change(withinMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface InventoryWatchDependencies {
  readonly redis: Redis;
  readonly log: Log;
  /** Called once changes have been quiet for `quietMs`, at the latest `latestMs` after the first. */
  readonly onSettled: () => void;
  readonly quietMs: number;
  readonly latestMs: number;
}

export function watchInventory({ redis, log, onSettled, quietMs, latestMs }: InventoryWatchDependencies): InventoryWatch {
  const waiting = new Set<() => void>();
  const subscriber = duplicate(redis, log);
  let first: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const settled = () => {
    first = undefined;
    onSettled();
  };
  subscriber.subscribe(inventoryChannel).catch(() => {});
  subscriber.on('message', () => {
    for (const wake of waiting) wake();
    const now = performance.now();
    first ??= now;
    clearTimeout(timer);
    timer = setTimeout(settled, Math.max(0, Math.min(quietMs, first + latestMs - now)));
  });
  return {
    change: (withinMs, signal) =>
      new Promise((resolve, reject) => {
        const end = (act: () => void) => {
          waiting.delete(wake);
          clearTimeout(deadline);
          signal.removeEventListener('abort', abort);
          act();
        };
        const wake = () => end(resolve);
        const abort = () => end(() => reject(signal.reason));
        const deadline = setTimeout(wake, withinMs);
        waiting.add(wake);
        signal.addEventListener('abort', abort);
        if (signal.aborted) abort();
      }),
    close: () => {
      clearTimeout(timer);
      subscriber.disconnect();
    },
  };
}
