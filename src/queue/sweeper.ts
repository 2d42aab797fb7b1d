import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Target } from './targets.ts';
import type { WantedStore } from './wanted.ts';

export interface Sweeper {
  stop(): void;
}

export interface SweeperDependencies {
  readonly wanted: Pick<WantedStore, 'unsettled'>;
  /** Adds the job of that target where there is none; must not cut short the pause before a retry. */
  readonly wake: (target: Target) => Promise<void>;
  /** 5 seconds by default. */
  readonly intervalMs?: number;
  readonly log: Log;
}

/** Wakes whatever has a generation not yet handled, at once and then again and again: no lost job loses work. */
export function startSweeper({ wanted, wake, intervalMs = 5_000, log }: SweeperDependencies): Sweeper {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const sweep = async () => {
    try {
      for (const target of await wanted.unsettled()) {
        if (stopped) return;
        await wake(target);
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'not swept');
    }
    if (!stopped) timer = setTimeout(() => void sweep(), intervalMs);
  };
  void sweep();
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
