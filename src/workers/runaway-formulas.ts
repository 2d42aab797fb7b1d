/**
 * Formulas that were ended, by the revision of an environment in which they were. What else there was of hosts and containers may have been
 * the cause.
 */
export interface RunawayFormulas {
  /** `revision` undefined: none that is remembered. */
  add(revision: string | undefined, word: string): void;
  of(revision: string | undefined): readonly string[];
}

/**
 * Long enough that one which never ends takes a small part of the thread's time, short enough that one which was only slow once is tried
 * again.
 */
const rememberedMs = 10 * 60_000;
const most = 100;

/** `now`: milliseconds of any beginning. */
export function createRunawayFormulas(now: () => number): RunawayFormulas {
  let known: readonly { readonly revision: string; readonly word: string; readonly until: number }[] = [];
  return {
    add: (revision, word) => {
      if (revision !== undefined) known = [...known, { revision, word, until: now() + rememberedMs }].slice(-most);
    },
    of: (revision) => {
      known = known.filter(({ until }) => until > now());
      return known.filter((one) => one.revision === revision).map(({ word }) => word);
    },
  };
}
