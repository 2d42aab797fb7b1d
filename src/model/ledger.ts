import type { Drift } from './drift.ts';
import type { OwnerAndMode } from './owner-and-mode.ts';

/** What an agent remembers of the files it put into its containers, kept on the host and found again after a crash. */
export interface Ledger {
  /** By target; empty where nothing is known of the container. */
  configs(container: string): KnownFiles;
  /** The containers of which something is known, by id. */
  all(): readonly string[];
  /**
   * Merges into what is known by then; a target set to undefined is forgotten. On disk when the promise resolves. `startedAt`: the start
   * of the process that it is about, as the engine says it; the last one that was noted where left out.
   */
  record(container: string, changes: LedgerChanges | ((known: KnownFiles) => LedgerChanges), startedAt?: string): Promise<void>;
  /** Notes a start of the container and what it has changed, unless it is the last one that was noted; whether it is not. */
  noteStart(container: string, startedAt: string, changes: (known: KnownFiles) => LedgerChanges): Promise<boolean>;
  /** Targets beside which a push may have left staged files; empty where every push that was begun has ended well. */
  staged(container: string): readonly string[];
  /** Says which they are, of a process that the engine says to have started then. Not synced: at worst it is the next push that sweeps. */
  noteStaged(container: string, targets: readonly string[], startedAt: string): Promise<void>;
  /** A container without a healthcheck that stayed up as long as its step asked. */
  ready(container: string): boolean;
  markReady(container: string): Promise<void>;
  /** When the container ended by itself, as the engine says it; undefined where it never did, or nobody saw. */
  endedAt(container: string): string | undefined;
  markEnded(container: string, finishedAt: string): Promise<void>;
  /** The labels that say whose a container is which windlass took over; undefined for all others. */
  adopted(container: string): Readonly<Record<string, string>> | undefined;
  adopt(container: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** The containers taken over, by id. */
  allAdopted(): readonly string[];
  forget(container: string): Promise<void>;
}

/** By target. */
export type KnownFiles = Readonly<Record<string, LedgerFile>>;
export type LedgerChanges = Readonly<Record<string, LedgerFile | undefined>>;

/** Hashes `sha256:…` of what is there and of what the process has loaded; equal once the action has succeeded. */
export interface LedgerFile {
  readonly installed: string;
  readonly loaded: string;
  /** What the engine says of the file without reading it (configpush/stamp.ts): while that stays, so do the bytes. */
  readonly stamp?: string | undefined;
  /** The permissions that were seen behind the push, where they are those it was given: one with others is drift. */
  readonly mode?: number | undefined;
  /** What it was declared with when it was put there, whatever became of that; undefined where an earlier version did it. */
  readonly declared?: OwnerAndMode | undefined;
  readonly drift?: Drift | undefined;
  /** It is loaded when somebody starts the container anew, and nothing is to be done for that. */
  readonly atStart?: true | undefined;
  /** It was put into a container that had run before and was down: no verification has seen it in effect. */
  readonly unverified?: true | undefined;
}

/** Whether somebody else has changed the file since windlass put it there. */
export const isDrifted = ({ installed, drift }: LedgerFile): boolean => drift !== undefined && installed !== drift.from;

/** Whether the process is known to have loaded what is known to be there. */
export const isLoaded = ({ installed, loaded }: LedgerFile): boolean => installed === loaded && installed.startsWith('sha256:');
