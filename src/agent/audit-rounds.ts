import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { isDrifted, type Ledger } from '../model/ledger.ts';

/** Looks again and again whether somebody else has changed config files, in one container after the other. */
export interface AuditRounds {
  /** A container has started: what its process found is looked at without waiting for the next round. */
  started(container: string): void;
  close(): Promise<void>;
}

export interface AuditRoundsDependencies {
  /** Ids of the containers that run and are windlass's concern. */
  readonly containers: () => Promise<readonly string[]>;
  readonly audit: (container: string, at: { readonly started: boolean }) => Promise<boolean>;
  /** Those that started before there were rounds, until they have been looked at. */
  readonly unseen: Set<string>;
  readonly ledger: Pick<Ledger, 'configs'>;
  /** Tells the controller what is known of a container. */
  readonly refresh: (container: string) => Promise<void>;
  readonly intervalMs: number;
  readonly now: () => number;
  readonly log: Log;
}

/** A round takes no more than this share of the time, however many containers there are and however slow the engine is. */
const share = 1 / 20;

/** The first round begins at once: files may have been changed while no agent was there. */
export function startAuditRounds(dependencies: AuditRoundsDependencies): AuditRounds {
  const { containers, audit, unseen, ledger, refresh, intervalMs, now, log } = dependencies;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (id: string, started: boolean): Promise<void> => {
    try {
      const differs = await audit(id, { started });
      // A repair that had to wait may be due by now, which only a new look at the clock tells.
      if (differs || Object.values(ledger.configs(id)).some(isDrifted)) await refresh(id);
    } catch (error) {
      log.warn({ container: id, error: messageOf(error) }, 'config files not looked at');
    }
  };
  const round = async (): Promise<void> => {
    const start = now();
    const ids = await containers().catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'config files not looked at');
      return [];
    });
    for (const id of ids) {
      if (stopped) return;
      await look(id, unseen.delete(id));
    }
    if (!stopped) timer = setTimeout(next, Math.max(intervalMs, (now() - start) / share));
  };
  let running = Promise.resolve();
  const next = () => {
    running = round();
  };
  next();
  return {
    started: (container) => void (stopped || look(container, true)),
    close: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
