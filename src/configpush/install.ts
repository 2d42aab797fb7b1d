import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Ledger, LedgerChanges } from '../model/ledger.ts';
import type { PushConfigStep } from '../model/step.ts';
import type { StepProgress } from '../model/step-progress.ts';
import { factsOf } from './audit.ts';
import type { Acted, Candidate } from './candidate.ts';
import { completed, intended, isLoaded, isVerified, lost, takenBack } from './ledger-entries.ts';
import type { Shadows } from './shadow.ts';
import { stampOf } from './stamp.ts';
import { sweepStaged } from './sweep-staged.ts';
import { takeBack } from './take-back.ts';
import { complaintAfter } from './take-effect.ts';
import { confirmStart } from './verify-start.ts';

export interface PushDependencies {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly shadows: Shadows;
  readonly fault: Fault;
  readonly log: Log;
  /** The bytes of a hash. */
  contents(hash: string): Promise<Uint8Array>;
  readonly progress: StepProgress;
  /** Milliseconds that only rise. */
  readonly now: () => number;
}

/** One push: its step, and its container as it was found. */
export interface Push extends PushDependencies {
  readonly container: ContainerInspect;
  readonly step: PushConfigStep;
}

/** What became of a push that did not throw. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'nothing-to-do' }
  | { readonly kind: 'released' }
  | { readonly kind: 'failed'; readonly error: WindlassError; readonly undone: boolean };

/** Swaps checked files, acts and verifies; takes them back where that fails. The ledger is true, or unsure, at every instant. */
export async function install(push: Push, candidate: Candidate): Promise<Outcome> {
  const { engine, ledger, container, step, fault } = push;
  const known = ledger.configs(container.Id);
  // A later start is news to the next look, whatever is written here of the process that the push began with.
  const record = (files: LedgerChanges) => ledger.record(container.Id, files, container.State.StartedAt);
  const complete = async (done = step) => record(completed(known, done, await factsOf(engine, container.Id, done.files)));
  if (candidate.changed.length === 0 && (isLoaded(known, step) || (await wasReadAtStart(push)))) {
    const failed = isVerified(known, step) ? undefined : await confirmStart(push);
    if (failed) return failed;
    await complete({ ...step, atStart: [] });
    return { kind: 'nothing-to-do' };
  }
  await record(intended(known, step));
  const acted = await swap(push, candidate).catch(async (error: unknown) => {
    const unchanged = error instanceof WindlassError && error.code === 'install';
    await record(unchanged ? takenBack(known, step, true) : lost(step));
    throw error;
  });
  const complaint = await complaintAfter(push, candidate, acted);
  if (complaint) {
    // The process may have loaded what is taken back now: whoever goes on behind a death here has to act again.
    await record(lost(step));
    const { error, undone, loaded } = await takeBack(push, candidate, complaint);
    await record(undone ? takenBack(known, step, loaded) : lost(step));
    return { kind: 'failed', error, undone: undone && loaded };
  }
  fault('push:verified');
  // Before it is done by the ledger: whoever goes on behind a death in between pushes again, and sweeps.
  if (step.action.kind === 'restart') await sweepStaged(push, container.Id);
  await complete();
  fault('push:recorded');
  return { kind: 'done' };
}

/**
 * Whether files of which the ledger knows nothing, as it is lost, were written before the process started: it has read them, and a
 * restart of every container would tell it nothing new.
 */
async function wasReadAtStart({ engine, ledger, container, step }: Push): Promise<boolean> {
  const known = ledger.configs(container.Id);
  if (step.remove.length > 0 || step.files.some(({ target }) => known[target])) return false;
  const stamps = await Promise.all(step.files.map(({ target }) => stampOf(engine, container.Id, target).catch(() => undefined)));
  const startedAt = Date.parse(container.State.StartedAt);
  return stamps.every((stamp) => stamp?.isFile && stamp.writtenAt < startedAt);
}

const swap = (push: Push, candidate: Candidate): Promise<Acted> => candidate.swap(() => push.fault('push:swapped'));
