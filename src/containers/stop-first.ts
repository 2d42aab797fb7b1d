import type { ContainerInspect } from '../docker/engine.ts';
import { messageOf, WindlassError } from '../errors.ts';
import { candidateName } from '../model/names.ts';
import type { RecreateContainerStep } from '../model/step.ts';
import { bringUp } from './bring-up.ts';
import { carryOver } from './carry-over.ts';
import type { Run } from './dependencies.ts';
import { discard } from './discard.ts';
import { done, type Outcome } from './outcome.ts';
import { nameOf } from './ownership.ts';
import { predecessor } from './takeover.ts';

/**
 * For one that holds a port or volume which the new one needs: it stops when the new one is all but started, and starts again if that
 * fails.
 */
export async function stopFirst(run: Run, step: RecreateContainerStep, imageId: string): Promise<Outcome> {
  const old = await predecessor(run, step);
  const wasRunning = old?.State.Running ?? false;
  const stopOld = async () => {
    run.signal.throwIfAborted();
    if (old) await run.engine.stopContainer(old.Id);
    run.passed('recreate:stopped-old');
  };
  let id: string;
  try {
    const name = candidateName(step.name);
    id = await bringUp(run, step, { name, imageId, mayFinish: !wasRunning, mayKeep: !wasRunning, beforeStart: stopOld });
  } catch (error) {
    return await startOld(run, old, error);
  }
  if (old) await carryOver(run, old, id);
  if (old) await discard(run, old.Id);
  run.passed('recreate:removed-old');
  await run.engine.renameContainer(id, step.name);
  run.passed('recreate:renamed');
  return done;
}

/**
 * Takes the change back, where there was one already. One that was down before is started all the same: a killed run may have stopped it.
 */
async function startOld(run: Run, old: ContainerInspect | undefined, error: unknown): Promise<Outcome> {
  run.signal.throwIfAborted();
  const now = old && (await run.engine.inspectContainer(old.Id));
  if (!now || now.State.Running) throw error;
  try {
    await run.engine.startContainer(now.Id);
  } catch (second) {
    const message = `${messageOf(error)}; and ${nameOf(now)}, which it was to replace, did not start again: ${messageOf(second)}`;
    throw error instanceof WindlassError ? new WindlassError(error.code, message, { cause: second, ...output(error) }) : error;
  }
  run.passed('recreate:started-old');
  if (error instanceof WindlassError) return { ok: false, error, undone: true };
  throw error;
}

const output = ({ output }: WindlassError) => (output === undefined ? {} : { output });
