import { noting, type Question, type Surroundings } from './surroundings.ts';

/** What was made from a revision and its surroundings, kept for as long as whatever it asked of them is answered as before. */
export interface Kept<T> {
  /** What stands under `key`, made anew by `make` where there is none, or where an answer is another by now. */
  get(key: string, surroundings: Surroundings, make: (surroundings: Surroundings) => T): T;
}

interface Entry<T> {
  readonly made: T;
  readonly asked: readonly { readonly question: Question; readonly fingerprint: string }[];
}

/** Keeps as much as weighs `most` together, by `weigh`; what does not fit is made each time. */
export function createKept<T>(most: number, weigh: (made: T) => number): Kept<T> {
  const entries = new Map<string, Entry<T>>();
  let weight = 0;
  const drop = (key: string) => {
    const old = entries.get(key);
    if (old === undefined) return;
    weight -= weigh(old.made);
    entries.delete(key);
  };
  return {
    get: (key, surroundings, make) => {
      const before = entries.get(key);
      if (before?.asked.every(({ question, fingerprint }) => surroundings.fingerprint(question) === fingerprint)) return before.made;
      drop(key);
      const asked = new Map<string, Question>();
      const made = make(noting(surroundings, (question) => asked.set(JSON.stringify(question), question)));
      if (weight + weigh(made) > most) return made;
      weight += weigh(made);
      entries.set(key, {
        made,
        asked: [...asked.values()].map((question) => ({ question, fingerprint: surroundings.fingerprint(question) })),
      });
      return made;
    },
  };
}
