import type { ContainerInspect } from '../docker/engine.ts';
import type { Ledger } from '../model/ledger.ts';

/** An engine that goes down ends its containers: the answer to its going down is not older than this. */
const settledMs = 20_000;

/** Tells what ended by itself from what went down with its engine; exit statuses do not, for many programs end a SIGTERM with 0. */
export interface Endings {
  /** The engine is reached (again); when it was started, RFC 3339, where it can be told. */
  reached(engineStartedAt: string | undefined): void;
  lost(): void;
  /** To be asked with every look at a container; `true`: it was running when its engine went down, and nothing has started it since. */
  wentDown(container: ContainerInspect): boolean;
  /** Remembers what ended by itself, which only shows once the engine has gone on for a while. To be called now and then. */
  settle(): Promise<void>;
}

export function createEndings(ledger: Pick<Ledger, 'endedAt' | 'markEnded'>, now: () => number): Endings {
  const fresh = new Map<string, { readonly finishedAt: string; readonly seen: number }>();
  let started: string | undefined;
  return {
    reached: (engineStartedAt) => {
      started = engineStartedAt;
    },
    lost: () => fresh.clear(),
    wentDown: ({ Id, State }) => {
      if (State.Status !== 'exited' || ledger.endedAt(Id) === State.FinishedAt) {
        fresh.delete(Id);
        return false;
      }
      if (started !== undefined && Date.parse(State.FinishedAt) < Date.parse(started)) return true;
      if (fresh.get(Id)?.finishedAt !== State.FinishedAt) fresh.set(Id, { finishedAt: State.FinishedAt, seen: now() });
      return false;
    },
    settle: async () => {
      for (const [id, { finishedAt, seen }] of fresh) {
        if (now() - seen < settledMs) continue;
        fresh.delete(id);
        await ledger.markEnded(id, finishedAt);
      }
    },
  };
}
