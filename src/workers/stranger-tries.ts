import type { PushConfigStep } from '../model/step.ts';
import { pushKey } from '../planning/strangers.ts';

/** How the last push into a stranger failed. */
export interface StrangerFailure {
  readonly message: string;
  /** The deployment that tells of it. */
  readonly deployment: string;
}

/**
 * The pushes into strangers that have failed: each is tried again after growing pauses, and at once where other files are due. Kept in
 * memory alone: a controller that starts tries them all.
 */
export interface StrangerTries {
  /** Keys (`pushKey`) of an application's pushes that are not to be tried yet. `target`: `ENV/APP`. */
  resting(target: string): readonly string[];
  /** How this very push failed the last time; undefined: it has not been tried, or did not. */
  failureOf(step: PushConfigStep): StrangerFailure | undefined;
  /** How the last push into a container, named by its id, failed; undefined: it did not. */
  failure(container: string): StrangerFailure | undefined;
  failed(target: string, step: PushConfigStep, failure: StrangerFailure): void;
  succeeded(container: string): void;
  close(): void;
}

export interface StrangerTriesDependencies {
  /** Has an application planned again. */
  readonly raise: (environment: string, app: string) => void;
  /** Milliseconds that only rise. */
  readonly now: () => number;
}

interface Tried extends StrangerFailure {
  readonly target: string;
  readonly container: string;
  readonly times: number;
  readonly until: number;
}

const firstMs = 10_000;
const mostMs = 3_600_000;

export function createStrangerTries({ raise, now }: StrangerTriesDependencies): StrangerTries {
  /** By key, the newest last. */
  const tried = new Map<string, Tried>();
  const timers = new Set<NodeJS.Timeout>();
  const forgetOld = () => {
    // A container that nobody tries any more is gone, or has got its files in another way.
    for (const [key, { until }] of tried) if (until + mostMs < now()) tried.delete(key);
  };
  return {
    resting: (target) => [...tried].filter(([, one]) => one.target === target && one.until > now()).map(([key]) => key),
    failureOf: (step) => tried.get(pushKey(step)),
    failure: (container) => [...tried.values()].findLast((one) => one.container === container),
    failed: (target, step, failure) => {
      forgetOld();
      const key = pushKey(step);
      const times = (tried.get(key)?.times ?? 0) + 1;
      const pauseMs = Math.min(firstMs * 2 ** (times - 1), mostMs);
      tried.delete(key);
      tried.set(key, { ...failure, target, container: step.container, times, until: now() + pauseMs });
      const timer = setTimeout(() => {
        timers.delete(timer);
        const [environment = '', app = ''] = target.split('/');
        raise(environment, app);
      }, pauseMs);
      timers.add(timer);
    },
    succeeded: (container) => {
      for (const [key, one] of tried) if (one.container === container) tried.delete(key);
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
