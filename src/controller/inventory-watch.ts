import { inventoryChannel, isReminder } from '../inventory/store.ts';
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
  /** `again`: what has failed before is to be tried again. */
  readonly onChange: (again: boolean) => void;
}

export function watchInventory({ redis, log, onChange }: InventoryWatchDependencies): InventoryWatch {
  const waiting = new Set<() => void>();
  const subscriber = duplicate(redis, log);
  const heard = (message = '') => {
    for (const wake of waiting) wake();
    onChange(isReminder(message));
  };
  subscriber.on('message', (_channel, message) => heard(message));
  // What was told while nobody listened is not told again: whenever the subscription is there anew, anything may have changed.
  subscriber.on('ready', () =>
    subscriber.subscribe(inventoryChannel).then(
      () => heard(),
      () => {},
    ),
  );
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
