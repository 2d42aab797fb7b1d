import type { ContainerInspect } from '../docker/engine.ts';
import { messageOf, WindlassError } from '../errors.ts';
import type { ContainerToCreate } from '../model/step.ts';
import type { Run } from './dependencies.ts';
import { findOurs } from './find-container.ts';
import { withLastLines } from './last-lines.ts';

/**
 * Removes it at once and forgets its files; gone already is well. Its anonymous volumes go with it, but not those of a container that
 * was taken over: what is in them was there before windlass.
 */
export async function discard(run: Run, id: string): Promise<void> {
  run.signal.throwIfAborted();
  await run.engine.removeContainer(id, { force: true, volumes: run.ledger.adopted(id) === undefined });
  await run.ledger.forget(id);
}

/** The same for one that may be in use: it is stopped first, with its own signal and grace. */
export async function retire(run: Run, { Id, State }: ContainerInspect): Promise<void> {
  run.signal.throwIfAborted();
  if (State.Running) await run.engine.stopContainer(Id);
  await discard(run, Id);
}

/** Removes what came of a container that failed, by its name; answers the error with the last lines of its log. */
export async function withdraw(run: Run, wanted: ContainerToCreate, name: string, error: unknown): Promise<unknown> {
  run.signal.throwIfAborted();
  let told = error;
  try {
    const failed = await findOurs(run.engine, name, wanted);
    if (!failed) return error;
    if (error instanceof WindlassError) told = await withLastLines(run.engine, failed.Id, error);
    await discard(run, failed.Id);
  } catch (second) {
    run.signal.throwIfAborted();
    run.log.warn(
      { container: name, error: messageOf(second) },
      'a container that failed could not be removed; the next run of its step does',
    );
  }
  return told;
}
