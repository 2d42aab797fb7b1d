import { driftFound } from '../model/drift.ts';
import { isDrifted, type KnownFiles, type LedgerChanges, type LedgerFile } from '../model/ledger.ts';
import { isInPlace } from '../model/owner-and-mode.ts';
import type { PushConfigStep } from '../model/step.ts';

type Wanted = Pick<PushConfigStep, 'files' | 'remove' | 'atStart'>;

/** Stand where no hash is known, and where no file is: unequal to every hash, so that something is due. */
const unknown = 'unknown';
const none = 'none';

/** Whether the container has all of it installed, as it is declared, and loaded, by what is known. */
export const isDone = (known: KnownFiles, { files, remove, atStart = [] }: Wanted): boolean =>
  files.every(
    (file) => isInPlace(known[file.target], file) && (atStart.includes(file.target) || known[file.target]?.loaded === file.hash),
  ) && remove.every((target) => known[target] === undefined);

/** Whether there is nothing to verify that has not been. */
export const isVerified = (known: KnownFiles, { files, verify }: Pick<PushConfigStep, 'files' | 'verify'>): boolean =>
  verify.length === 0 || !files.some(({ target }) => known[target]?.unverified);

/** Whether other bytes are known to be in the file's place; owner and mode the script compares in any case. */
export function differs(known: KnownFiles, { target, hash }: Wanted['files'][number]): boolean {
  const installed = known[target]?.installed ?? unknown;
  return installed.startsWith('sha256:') && installed !== hash;
}

/** Whether the process has loaded exactly this; removed files are loaded once nothing is known of them. */
export const isLoaded = (known: KnownFiles, { files, remove }: Wanted): boolean =>
  files.every(({ target, hash }) => known[target]?.loaded === hash) && remove.every((target) => known[target] === undefined);

/**
 * What is written before the swap and stays until the end: nobody knows what is installed, so that a crash from here on leaves a
 * difference whichever way it went, and a restart of the container does not turn an intention into a fact. What the process has
 * loaded is sure only where it was equal to what was installed.
 */
export function intended(known: KnownFiles, { files, remove }: Wanted): LedgerChanges {
  const targets = [...files.map(({ target }) => target), ...remove];
  return Object.fromEntries(
    targets.map((target) => {
      const { installed, loaded } = known[target] ?? { installed: none, loaded: none };
      return [target, { installed: unknown, loaded: installed === loaded ? loaded : unknown }];
    }),
  );
}

/** What is known of a file beside its bytes, by target. */
export type Facts = Readonly<Record<string, Pick<LedgerFile, 'stamp' | 'mode'>>>;

/**
 * The files are there and in effect, but for those that the next start loads; removed ones are known no more. That the same bytes were put
 * right before is remembered.
 */
export const completed = (known: KnownFiles, { files, remove, atStart = [] }: Wanted, facts: Facts = {}): LedgerChanges =>
  Object.fromEntries([
    ...files.map(({ target, hash, mode, uid, gid }) => {
      const drift = known[target]?.drift;
      const declared = { mode, uid, gid };
      const waits = atStart.includes(target) ? { loaded: known[target]?.loaded ?? none, atStart: true as const } : { loaded: hash };
      return [target, { installed: hash, ...waits, declared, ...facts[target], ...(drift?.from === hash ? { drift } : {}) }] as const;
    }),
    ...remove.map((target) => [target, undefined] as const),
  ]);

/** They were put where their container finds them when it is started again: what is new to it is still to be verified then. */
export const placed = (known: KnownFiles, files: Wanted['files'], facts: Facts): LedgerChanges =>
  Object.fromEntries(
    Object.entries(completed(known, { files, remove: [] }, facts)).map(([target, file]) => {
      const isNew = file?.installed !== known[target]?.installed || known[target]?.unverified;
      return [target, file && isNew ? { ...file, unverified: true as const } : file];
    }),
  );

/** What a start had brought into effect has been verified, and nothing else is known of it than before. */
export const verified = (known: KnownFiles, { files }: Pick<Wanted, 'files'>): LedgerChanges =>
  Object.fromEntries(
    files.flatMap(({ target }) => {
      const { unverified, ...file } = known[target] ?? {};
      return unverified ? [[target, file as LedgerFile] as const] : [];
    }),
  );

/** What was known before, put back; `loaded` says whether the process is known to have loaded it again. */
export const takenBack = (known: KnownFiles, { files, remove }: Wanted, loaded: boolean): LedgerChanges =>
  Object.fromEntries(
    [...files.map(({ target }) => target), ...remove].map((target) => {
      const before = known[target];
      return [target, loaded ? before : { installed: before?.installed ?? none, loaded: unknown, declared: before?.declared }] as const;
    }),
  );

/** Nobody knows: the next push finds out. */
export const lost = ({ files, remove }: Wanted): LedgerChanges =>
  Object.fromEntries([...files.map(({ target }) => target), ...remove].map((target) => [target, { installed: unknown, loaded: unknown }]));

/** What a start of the container means: the process read what it found, and a tmpfs is empty. */
export const afterStart = (known: KnownFiles, isOnTmpfs: (target: string) => boolean): LedgerChanges =>
  Object.fromEntries(
    Object.entries(known).map(([target, { atStart: _, ...file }]) =>
      isOnTmpfs(target) ? [target, { installed: none, loaded: none }] : [target, { ...file, loaded: file.installed }],
    ),
  );

/** What a look at a file has found: the hash of its bytes, or a word that is none, and its stamp; undefined for no file. */
export interface Found {
  readonly installed: string;
  readonly stamp: string;
}

/** When it was looked, epoch milliseconds, and whether the process has just started and so has loaded what is there. */
export interface Moment {
  readonly now: number;
  readonly started: boolean;
}

/** What is known of a file after a look at it: what differs from what was known to be there is somebody else's work. */
export function afterLook(file: LedgerFile, found: Found | undefined, { now, started }: Moment): LedgerFile {
  const installed = found?.installed ?? none;
  const seen = { ...file, installed, stamp: found?.stamp };
  if (installed === file.installed) return seen;
  const loaded = started && file.loaded === file.installed ? installed : file.loaded;
  const drift = isDrifted(file) ? file.drift : driftFound(file.installed, file.drift, now);
  return { ...seen, loaded, drift };
}
