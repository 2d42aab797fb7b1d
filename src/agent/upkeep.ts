import type { Installer } from '../configpush/installer.ts';
import type { Engine } from '../docker/engine.ts';
import { concernLabels } from '../inventory/container-record.ts';
import type { InventoryReporter } from '../inventory/reporter.ts';
import type { Log } from '../log.ts';
import { isDrifted, isLoaded, type Ledger } from '../model/ledger.ts';
import { type AuditRounds, startAuditRounds } from './audit-rounds.ts';
import { startReminders } from './reminders.ts';

/** Keeps what is known of config files true while nothing is pushed. */
export interface Upkeep {
  /** To be told of every start of a container. */
  started(container: string): Promise<void>;
  /** Begins to look at files, and to remind of those that are not loaded. */
  begin(reporter: Pick<InventoryReporter, 'refresh'>): { close(): Promise<void> };
}

export interface UpkeepDependencies {
  readonly engine: Pick<Engine, 'listContainers'>;
  readonly ledger: Pick<Ledger, 'configs' | 'all'>;
  readonly installer: Pick<Installer, 'started' | 'audit'>;
  /** Has the controller plan again. */
  readonly tell: () => Promise<void>;
  /** Between two looks at all files. */
  readonly intervalMs: number;
  readonly log: Log;
}

export function createUpkeep({ engine, ledger, installer, tell, intervalMs, log }: UpkeepDependencies): Upkeep {
  const now = () => performance.now();
  let rounds: AuditRounds | undefined;
  const running = async () =>
    (await engine.listContainers([...concernLabels])).filter(({ State }) => State === 'running').map(({ Id }) => Id);
  const unloaded = () => ledger.all().filter((id) => Object.values(ledger.configs(id)).some((file) => !isDrifted(file) && !isLoaded(file)));
  return {
    started: async (container) => {
      await installer.started(container);
      rounds?.started(container);
    },
    begin: ({ refresh }) => {
      const begun = startAuditRounds({ containers: running, audit: installer.audit, ledger, refresh, intervalMs, now, log });
      rounds = begun;
      const reminders = startReminders({ unloaded, tell, now, log });
      return {
        close: async () => {
          reminders.close();
          await begun.close();
        },
      };
    },
  };
}
