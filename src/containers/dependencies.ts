import type { Engine } from '../docker/engine.ts';
import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Ledger } from '../model/ledger.ts';
import type { ContainerToCreate, FileToInstall } from '../model/step.ts';

export interface ContainersDependencies {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly fault: Fault;
  readonly log: Log;
  /** Pulls or fetches it where it is missing; the local image's id. */
  ensureImage(image: ContainerToCreate['image'], signal: AbortSignal): Promise<string>;
  /**
   * Puts the files into a container that is not running and records them in the ledger, as loaded too: the start loads them. `restarted`:
   * it has run before, and what is new to it is to be verified once it is up.
   */
  place(container: string, files: readonly FileToInstall[], how?: { readonly restarted?: boolean }): Promise<void>;
  /** Removes what a push left in a container that ended in the middle of it, once it runs again; never rejects. */
  sweepStaged(container: string): Promise<void>;
  /** Runs a check in a shadow of the container; throws `refused`. */
  check(container: ContainerToCreate, argv: readonly string[], files: readonly FileToInstall[], imageId: string): Promise<void>;
  /** Milliseconds that only rise; performance.now where left out. */
  readonly now?: () => number;
}

/** One run of a step, as the functions of this folder hand it on. */
export interface Run extends ContainersDependencies {
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** A point of the run behind which it may have died, and at which it stops when it was taken over. */
  passed(point: string): void;
  /** Acts of one key wait for each other: an engine before 25 makes two networks of one name when asked at the same time. */
  inTurn(key: string, act: () => Promise<void>): Promise<void>;
}
