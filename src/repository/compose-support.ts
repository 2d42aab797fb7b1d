import type { Keys } from './reader-collections.ts';

/** What becomes of a key of the Compose Specification. `note` ends a sentence in an error, and stands in docs/compose.md. */
export interface Support {
  readonly carried: 'yes' | 'ignored' | 'no';
  readonly note: string;
}

/** Carried out. */
export const yes = (note = ''): Support => ({ carried: 'yes', note });
/** Taken and passed over: it says nothing about a container. */
export const ignored = (why: string): Support => ({ carried: 'ignored', note: why });
/** An error that gives the reason and what to write instead. */
export const no = (why: string): Support => ({ carried: 'no', note: why });

/** The keys of one kind of mapping in a compose file, for a reader and for the list of them. */
export interface ComposeKeys extends Keys {
  readonly support: Readonly<Record<string, Support>>;
}

export function composeKeys(support: Readonly<Record<string, Support>>): ComposeKeys {
  const keys = Object.entries(support);
  return {
    support,
    known: keys.filter(([, { carried }]) => carried !== 'no').map(([key]) => key),
    hints: new Map(keys.filter(([, { carried }]) => carried === 'no').map(([key, { note }]) => [key, `is not carried out: ${note}`])),
  };
}
