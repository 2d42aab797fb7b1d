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
  readonly onChange: () => void;
}

export function watchInventory({ redis, log, onChange }: InventoryWatchDependencies): InventoryWatch {
  const waiting = new Set<() => void>();
  const subscriber = duplicate(redis, log);
  const heard = () => {
    for (const wake of waiting) wake();
    onChange();
  };
  subscriber.on('message', heard);
  // What was told while nobody listened is not told again: whenever the subscription is there anew, anything may have changed.
  subscriber.on('ready', () => subscriber.subscribe(inventoryChannel).then(heard, () => {}));
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
    close: () => subscriber.disconnect(),
  };
}
