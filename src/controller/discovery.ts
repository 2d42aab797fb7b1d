import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Settle } from '../workers/plan-requests.ts';

/** Plans applications again after hosts' containers have changed, once it has been quiet for as long as each asks for. */
export interface Discovery {
  /** Something has changed somewhere. */
  changed(): void;
  close(): void;
}

export interface DiscoveryDependencies {
  /** Every application of every environment: any of them may list any other. */
  readonly targets: () => readonly { readonly environment: string; readonly app: string }[];
  readonly settle: (target: { readonly environment: string; readonly app: string }) => Promise<Settle>;
  readonly raise: (environment: string, app: string) => Promise<void>;
  /** Milliseconds that only rise. */
  readonly now: () => number;
  readonly log: Log;
}

interface Storm {
  readonly first: number;
  timer: NodeJS.Timeout;
}

/** Until what could not be queued is tried again. */
const againMs = 1_000;

export function createDiscovery({ targets, settle, raise, now, log }: DiscoveryDependencies): Discovery {
  const storms = new Map<string, Storm>();
  let closed = false;
  const wait = async (environment: string, app: string) => {
    const key = `${environment}/${app}`;
    const { minMs, maxMs } = await settle({ environment, app });
    if (closed) return;
    const storm = storms.get(key);
    const first = storm?.first ?? now();
    clearTimeout(storm?.timer);
    const calm = () => {
      storms.delete(key);
      raise(environment, app).catch((error: unknown) => {
        log.warn({ target: key, error: messageOf(error) }, 'discovery not queued, tried again');
        if (!closed && !storms.has(key)) storms.set(key, { first: now(), timer: setTimeout(calm, againMs) });
      });
    };
    storms.set(key, { first, timer: setTimeout(calm, Math.max(0, Math.min(minMs, first + maxMs - now()))) });
  };
  return {
    changed: () => {
      for (const { environment, app } of targets()) {
        wait(environment, app).catch((error: unknown) => log.warn({ environment, app, error: messageOf(error) }, 'discovery not planned'));
      }
    },
    close: () => {
      closed = true;
      for (const { timer } of storms.values()) clearTimeout(timer);
    },
  };
}
