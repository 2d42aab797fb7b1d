import type { ContainerInspect } from '../docker/engine.ts';
import { candidateName } from '../model/names.ts';
import type { RecreateContainerStep } from '../model/step.ts';
import { carryOver } from './carry-over.ts';
import type { Run } from './dependencies.ts';
import { discard } from './discard.ts';
import { findOurs } from './find-container.ts';
import { assertOurs, isProven, isRight, nameOf } from './ownership.ts';
import { waitReady } from './wait-ready.ts';

/** The container that the step replaces or starts: the one it names, or whatever of ours has its place. */
export async function predecessor({ engine }: Run, step: RecreateContainerStep): Promise<ContainerInspect | undefined> {
  const named = step.current === undefined ? undefined : await engine.inspectContainer(step.current);
  if (!named || nameOf(named) === candidateName(step.name)) return findOurs(engine, step.name, step.container);
  assertOurs(named, step.container);
  return named;
}

/**
 * An earlier run of this step came to its end: under the final name runs another than `current`, and it is right. Waits until it is ready.
 */
export async function isTakenOver(run: Run, { name, container, current }: RecreateContainerStep, imageId: string): Promise<boolean> {
  const found = await findOurs(run.engine, name, container);
  if (!found || found.Id === current || !isRight(found, container, imageId, run.ledger, 'at-least')) return false;
  await waitReady(run, found.Id, { name, monitorMs: container.monitorMs, fresh: false, mayFinish: false });
  return true;
}

/**
 * A takeover that died before its renaming left the container that counts under the candidate's name: it gets the final name where no
 * running one has it. It counts when the step calls it the current one, when it has been ready, or when it is right and the only one.
 */
export async function finishTakeover(run: Run, { name, container, current }: RecreateContainerStep, imageId: string): Promise<void> {
  const candidate = await findOurs(run.engine, candidateName(name), container);
  const final = await findOurs(run.engine, name, container);
  if (!candidate || final?.State.Running) return;
  const onlyOne = !final && isRight(candidate, container, imageId, run.ledger);
  if (candidate.Id !== current && !isProven(candidate, run.ledger) && !onlyOne) return;
  if (final) {
    await carryOver(run, final, candidate.Id);
    await discard(run, final.Id);
    run.passed('takeover:removed-old');
  }
  run.signal.throwIfAborted();
  await run.engine.renameContainer(candidate.Id, name);
  run.passed('takeover:renamed');
}
