import type { Installer } from '../configpush/installer.ts';
import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import { concernLabels } from '../inventory/container-record.ts';
import type { InventoryReporter } from '../inventory/reporter.ts';
import type { Log } from '../log.ts';
import { isDrifted, isLoaded, type Ledger } from '../model/ledger.ts';
import { type AuditRounds, startAuditRounds } from './audit-rounds.ts';
import { startReminders } from './reminders.ts';

/** Keeps what is known of config files true while nothing is pushed. */
export interface Upkeep {
  /** To be shown containers whenever they are looked at. */
  noteStart(container: ContainerInspect): Promise<void>;
  /** To be called when the engine is reached again: removes what its going away has left; never rejects. */
  sweep(): Promise<void>;
  /** Begins to look at files, and to remind of those that are not loaded. */
  begin(reporter: Pick<InventoryReporter, 'refresh'>): { close(): Promise<void> };
}

export interface UpkeepDependencies {
  readonly engine: Pick<Engine, 'listContainers'>;
  readonly ledger: Pick<Ledger, 'configs' | 'all'>;
  readonly installer: Pick<Installer, 'noteStart' | 'audit' | 'sweepShadows'>;
  /** Has the controller try again. */
  readonly remind: () => Promise<void>;
  /** Between two looks at all files. */
  readonly intervalMs: number;
  readonly log: Log;
}

export function createUpkeep({ engine, ledger, installer, remind, intervalMs, log }: UpkeepDependencies): Upkeep {
  const now = () => performance.now();
  let rounds: AuditRounds | undefined;
  /** Started while nobody was there to see it: what they found is looked at by the first round. */
  const unseen = new Set<string>();
  const running = async () =>
    (await engine.listContainers([...concernLabels])).filter(({ State }) => State === 'running').map(({ Id }) => Id);
  const unloaded = () =>
    ledger.all().filter((id) => Object.values(ledger.configs(id)).some((file) => !isDrifted(file) && !isLoaded(file) && !file.atStart));
  return {
    noteStart: async (container) => {
      if (!(await installer.noteStart(container))) return;
      if (rounds) rounds.started(container.Id);
      else unseen.add(container.Id);
    },
    sweep: () =>
      installer
        .sweepShadows()
        .catch((error: unknown) => log.warn({ error: messageOf(error) }, 'shadows that were left over were not removed')),
    begin: ({ refresh }) => {
      const begun = startAuditRounds({ containers: running, audit: installer.audit, unseen, ledger, refresh, intervalMs, now, log });
      rounds = begun;
      const reminders = startReminders({ unloaded, remind, now, log });
      return {
        close: async () => {
          reminders.close();
          await begun.close();
        },
      };
    },
  };
}
