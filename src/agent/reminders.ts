import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** By container: when its next reminder is due, and how long the pause before it was, milliseconds. */
export type Reminders = ReadonlyMap<string, { readonly at: number; readonly pauseMs: number }>;

const firstMs = 10_000;
const mostMs = 3_600_000;

/** Who is to be remembered of: 10 s after it was first seen unloaded, then 20 s later, and so on up to an hour, until it is loaded. */
export function nextReminders(
  before: Reminders,
  unloaded: readonly string[],
  now: number,
): { readonly reminders: Reminders; readonly due: readonly string[] } {
  const due = unloaded.filter((id) => (before.get(id)?.at ?? Number.POSITIVE_INFINITY) <= now);
  const reminders = new Map(
    unloaded.map((id) => {
      const known = before.get(id);
      if (!known) return [id, { at: now + firstMs, pauseMs: firstMs }] as const;
      if (!due.includes(id)) return [id, known] as const;
      const pauseMs = Math.min(known.pauseMs * 2, mostMs);
      return [id, { at: now + pauseMs, pauseMs }] as const;
    }),
  );
  return { reminders, due };
}

export interface RemindersDependencies {
  /** Containers with files that are installed and not known to be loaded. */
  readonly unloaded: () => readonly string[];
  /** Has the controller try again. */
  readonly remind: () => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/** Has a plan made again for what has not been loaded, with growing pauses: an action that failed is due until it has succeeded. */
export function startReminders({ unloaded, remind, now, log }: RemindersDependencies): { close(): void } {
  let known: Reminders = new Map();
  const timer = setInterval(() => {
    const { reminders, due } = nextReminders(known, unloaded(), now());
    known = reminders;
    if (due.length > 0) remind().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'a reminder was not told'));
  }, firstMs / 2);
  return { close: () => clearInterval(timer) };
}
