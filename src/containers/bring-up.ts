import type { RecreateContainerStep } from '../model/step.ts';
import type { Run } from './dependencies.ts';
import { retire, withdraw } from './discard.ts';
import { findOurs } from './find-container.ts';
import { makeContainer } from './make-container.ts';
import { isRight } from './ownership.ts';
import { prepare } from './prepare.ts';
import { waitReady } from './wait-ready.ts';

interface BringUp {
  readonly name: string;
  readonly imageId: string;
  /** Exiting with 0 counts as ready where the restart policy leaves it at that. */
  readonly mayFinish: boolean;
  /** False: a running one may not be kept, for it started beside the one it replaces. */
  readonly mayKeep?: boolean;
  /** Runs when it is all but started. */
  readonly beforeStart?: () => Promise<void>;
}

/**
 * Makes the step's container under a name and waits until it is ready; the engine's id. A right one that a killed run left is kept,
 * any other of ours is removed before; one that fails is removed as well, and the error has the last lines of its log.
 */
export async function bringUp(run: Run, { container }: RecreateContainerStep, how: BringUp): Promise<string> {
  const { name, imageId, mayFinish, mayKeep = true, beforeStart } = how;
  const found = await findOurs(run.engine, name, container);
  const kept = found && mayKeep && isRight(found, container, imageId, run.ledger) ? found.Id : undefined;
  if (!kept) await prepare(run, container, imageId);
  if (!kept && found) {
    await retire(run, found);
    run.passed('recreate:cleared');
  }
  try {
    const id = kept ?? (await makeContainer(run, container, name, imageId));
    if (!kept) {
      await beforeStart?.();
      await startContainer(run, id);
    }
    await waitReady(run, id, { name, monitorMs: container.monitorMs, fresh: !kept, mayFinish });
    run.passed('recreate:ready');
    return id;
  } catch (error) {
    const told = await withdraw(run, container, name, error);
    run.passed('recreate:withdrawn');
    throw told;
  }
}

export async function startContainer(run: Run, id: string): Promise<void> {
  run.signal.throwIfAborted();
  await run.engine.startContainer(id);
  run.passed('recreate:started');
}
