import type { LedgerFile } from '../model/ledger.ts';
import type { PushConfigStep } from '../model/step.ts';

export type Known = Readonly<Record<string, LedgerFile>>;
type Changes = Readonly<Record<string, LedgerFile | undefined>>;
type Wanted = Pick<PushConfigStep, 'files' | 'remove'>;

/** Stands where no hash is known, or none is there: unequal to every hash, so that an action is due. */
export const unknown = 'unknown';
const none = 'none';

/** Whether the container has all of it installed and loaded, by what is known. */
export const isDone = (known: Known, { files, remove }: Wanted): boolean =>
  files.every(({ target, hash }) => known[target]?.installed === hash && known[target]?.loaded === hash) &&
  remove.every((target) => known[target] === undefined);

/** Whether the process has loaded exactly this; removed files are loaded once nothing is known of them. */
export const isLoaded = (known: Known, { files, remove }: Wanted): boolean =>
  files.every(({ target, hash }) => known[target]?.loaded === hash) && remove.every((target) => known[target] === undefined);

/**
 * What is written before the swap: the new hashes as installed, not as loaded. A crash from here on leaves a difference whichever
 * way it went. What a process has loaded is sure only where it was equal to what was installed.
 */
export function intended(known: Known, { files, remove }: Wanted): Changes {
  const loaded = (target: string) => {
    const file = known[target];
    if (!file) return none;
    return file.installed === file.loaded ? file.loaded : unknown;
  };
  return Object.fromEntries([
    ...files.map(({ target, hash }) => [target, { installed: hash, loaded: loaded(target) }] as const),
    ...remove.map((target) => [target, { installed: none, loaded: loaded(target) }] as const),
  ]);
}

/** The files are there and in effect; removed ones are known no more. */
export const completed = ({ files, remove }: Wanted): Changes =>
  Object.fromEntries([
    ...files.map(({ target, hash }) => [target, { installed: hash, loaded: hash }] as const),
    ...remove.map((target) => [target, undefined] as const),
  ]);

/** What was known before, put back; `loaded` says whether the process is known to have loaded it again. */
export const takenBack = (known: Known, { files, remove }: Wanted, loaded: boolean): Changes =>
  Object.fromEntries(
    [...files.map(({ target }) => target), ...remove].map((target) => {
      const before = known[target];
      return [target, loaded ? before : { installed: before?.installed ?? none, loaded: unknown }] as const;
    }),
  );

/** Nobody knows: the next push finds out. */
export const lost = ({ files, remove }: Wanted): Changes =>
  Object.fromEntries([...files.map(({ target }) => target), ...remove].map((target) => [target, { installed: unknown, loaded: unknown }]));
