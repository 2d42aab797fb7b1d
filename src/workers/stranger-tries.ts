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
  readonly key: string;
  readonly times: number;
  readonly until: number;
}

const firstMs = 10_000;
const mostMs = 3_600_000;

export function createStrangerTries({ raise, now }: StrangerTriesDependencies): StrangerTries {
  const tried = new Map<string, Tried>();
  const timers = new Set<NodeJS.Timeout>();
  const forgetOld = () => {
    // A container that nobody tries any more is gone, or has got its files in another way.
    for (const [container, { until }] of tried) if (until + mostMs < now()) tried.delete(container);
  };
  return {
    resting: (target) => [...tried.values()].filter((one) => one.target === target && one.until > now()).map(({ key }) => key),
    failure: (container) => tried.get(container),
    failed: (target, step, failure) => {
      forgetOld();
      const times = (tried.get(step.container)?.times ?? 0) + 1;
      const pauseMs = Math.min(firstMs * 2 ** (times - 1), mostMs);
      tried.set(step.container, { ...failure, target, key: pushKey(step), times, until: now() + pauseMs });
      const timer = setTimeout(() => {
        timers.delete(timer);
        const [environment = '', app = ''] = target.split('/');
        raise(environment, app);
      }, pauseMs);
      timers.add(timer);
    },
    succeeded: (container) => void tried.delete(container),
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
