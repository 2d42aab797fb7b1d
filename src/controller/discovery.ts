import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Settle } from '../workers/plan-requests.ts';

/** Plans applications again after hosts' containers have changed, once it has been quiet for as long as each asks for. */
export interface Discovery {
  /** Something has changed somewhere; `again`: what has failed before is to be tried again. */
  changed(again?: boolean): void;
  close(): void;
}

export interface DiscoveryDependencies {
  /** Every application of every environment: any of them may list any other. */
  readonly targets: () => readonly { readonly environment: string; readonly app: string }[];
  readonly settle: (target: { readonly environment: string; readonly app: string }) => Promise<Settle>;
  readonly raise: (environment: string, app: string, again: boolean) => Promise<void>;
  /** Milliseconds that only rise. */
  readonly now: () => number;
  readonly log: Log;
}

interface Storm {
  readonly first: number;
  readonly again: boolean;
  timer: NodeJS.Timeout;
}

/** Until what could not be queued is tried again. */
const againMs = 1_000;

export function createDiscovery({ targets, settle, raise, now, log }: DiscoveryDependencies): Discovery {
  const storms = new Map<string, Storm>();
  let closed = false;
  const wait = async (environment: string, app: string, isAgain: boolean) => {
    const key = `${environment}/${app}`;
    const { minMs, maxMs } = await settle({ environment, app });
    if (closed) return;
    const storm = storms.get(key);
    const first = storm?.first ?? now();
    const again = isAgain || (storm?.again ?? false);
    clearTimeout(storm?.timer);
    const calm = () => {
      storms.delete(key);
      raise(environment, app, again).catch((error: unknown) => {
        log.warn({ target: key, error: messageOf(error) }, 'discovery not queued, tried again');
        if (!closed && !storms.has(key)) storms.set(key, { first: now(), again, timer: setTimeout(calm, againMs) });
      });
    };
    storms.set(key, { first, again, timer: setTimeout(calm, Math.max(0, Math.min(minMs, first + maxMs - now()))) });
  };
  return {
    changed: (again = false) => {
      for (const { environment, app } of targets()) {
        wait(environment, app, again).catch((error: unknown) =>
          log.warn({ environment, app, error: messageOf(error) }, 'discovery not planned'),
        );
      }
    },
    close: () => {
      closed = true;
      for (const { timer } of storms.values()) clearTimeout(timer);
    },
  };
}
