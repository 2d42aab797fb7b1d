/** What becomes of a config file that somebody else has changed in its container. */
export const driftPolicies = ['repair', 'report', 'ignore'] as const;
export type DriftPolicy = (typeof driftPolicies)[number];

/** That somebody else has changed a file. It stands for as long as what is installed is not `from`, and is remembered behind that. */
export interface Drift {
  /** Hash of what windlass had put there. */
  readonly from: string;
  /** How often that has happened, each within a day of the last. */
  readonly times: number;
  /** When this was found, RFC 3339. */
  readonly since: string;
}

const minute = 60_000;
const dayMs = 24 * 60 * minute;

/** How long the file waits for its repair, milliseconds: whoever changes it again and again does not have its process reloaded as often. */
export const repairPauseMs = ({ times }: Pick<Drift, 'times'>): number =>
  times < 2 ? 0 : Math.min(minute * 4 ** (times - 2), 4 * 60 * minute);

/** Whether the pause is over. */
export const isDue = (drift: Drift, now: number): boolean => now - Date.parse(drift.since) >= repairPauseMs(drift);

/** The drift that a change found now is, given the last one. */
export function driftFound(from: string, last: Drift | undefined, now: number): Drift {
  const counts = last !== undefined && now - Date.parse(last.since) < dayMs;
  return { from, times: counts ? last.times + 1 : 1, since: new Date(now).toISOString() };
}
