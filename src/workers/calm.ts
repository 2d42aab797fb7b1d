import type { Step } from '../model/step.ts';
import type { Settle } from './plan-requests.ts';

/**
 * Within one run, what is pushed again into a container without the run having made or removed one in between is due to what others
 * did meanwhile: it waits for quiet, as a run of its own would. Times are epoch milliseconds.
 */
export interface Calm {
  /** How long the steps have to wait yet, unless something else would be pushed by then. */
  pauseMs(steps: readonly Step[], now: number): number;
  /** The steps are done. */
  done(steps: readonly Step[]): void;
}

export function createCalm({ minMs, maxMs }: Settle): Calm {
  const pushed = new Set<string>();
  let storm: { readonly first: number; readonly since: number; readonly due: string } | undefined;
  return {
    pauseMs: (steps, now) => {
      const again = steps.every((step) => step.kind === 'push-config' && pushed.has(step.container));
      if (!again) {
        storm = undefined;
        return 0;
      }
      const due = JSON.stringify(steps.map((step) => step.kind === 'push-config' && [step.container, step.files, step.remove]));
      if (storm?.due !== due) storm = { first: storm?.first ?? now, since: now, due };
      return Math.max(0, Math.min(storm.since + minMs, storm.first + maxMs) - now);
    },
    done: (steps) => {
      storm = undefined;
      // What a container of its own doing changes is the run's own affair.
      if (steps.some(({ kind }) => kind !== 'push-config')) return pushed.clear();
      for (const step of steps) if (step.kind === 'push-config') pushed.add(step.container);
    },
  };
}
