import { setTimeout as sleep } from 'node:timers/promises';
import { WindlassError } from '../errors.ts';
import type { RemoveContainerStep } from '../model/step.ts';
import { carryOver } from './carry-over.ts';
import type { Run } from './dependencies.ts';
import { discard } from './discard.ts';
import { findContainer } from './find-container.ts';
import { done, nothingToDo, type Outcome } from './outcome.ts';
import { assertMade, isProven, nameOf } from './ownership.ts';

/** Drains, stops and removes containers, anonymous volumes with them and named ones not, then gives their successor its name. */
export async function remove(run: Run, step: RemoveContainerStep): Promise<Outcome> {
  const found = await Promise.all(step.remove.map((id) => run.engine.inspectContainer(id)));
  const present = found.filter((container) => container !== undefined);
  present.forEach(assertMade);
  if (present.length > 0) await requireSuccessor(run, step);
  if (present.some(({ State }) => State.Running)) {
    await sleep(step.drainMs, undefined, { signal: run.signal });
    run.passed('remove:drained');
    await requireSuccessor(run, step);
  }
  run.signal.throwIfAborted();
  await Promise.all(present.map(({ Id }) => run.engine.stopContainer(Id)));
  run.passed('remove:stopped');
  if (step.rename) for (const old of present) await carryOver(run, old, step.rename.container);
  await Promise.all(present.map(({ Id }) => discard(run, Id)));
  run.passed('remove:removed');
  const renamed = step.rename ? await rename(run, step.rename) : false;
  return present.length > 0 || renamed ? done : nothingToDo;
}

/** The plan saw it ready; nothing is taken away for one that has failed since. */
async function requireSuccessor({ engine, ledger }: Run, { name, rename }: RemoveContainerStep): Promise<void> {
  if (!rename) return;
  const successor = await engine.inspectContainer(rename.container);
  if (successor && isProven(successor, ledger)) return;
  const state = successor ? (successor.State.Health?.Status ?? successor.State.Status) : 'gone';
  throw new WindlassError('health', `${name} is kept, for what was to replace it is ${state}; deploy again`, { permanent: false });
}

/** False where it had the name already. */
async function rename(run: Run, { container, to }: NonNullable<RemoveContainerStep['rename']>): Promise<boolean> {
  const found = (await run.engine.inspectContainer(container)) ?? (await findContainer(run.engine, to));
  if (!found) {
    throw new WindlassError('docker', `${container} is gone, which was to become ${to}; deploy again`, { permanent: false });
  }
  assertMade(found);
  if (nameOf(found) === to) return false;
  await run.engine.renameContainer(found.Id, to);
  run.passed('remove:renamed');
  return true;
}
