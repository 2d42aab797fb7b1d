import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerInspect } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import type { ContainerToCreate, RunJobStep } from '../model/step.ts';
import type { Run } from './dependencies.ts';
import { retire, withdraw } from './discard.ts';
import { findOurs } from './find-container.ts';
import { withLastLines } from './last-lines.ts';
import { makeContainer } from './make-container.ts';
import { done, type Outcome } from './outcome.ts';
import { assertMade, hasFiles, isMadeFrom } from './ownership.ts';
import { prepare } from './prepare.ts';

/** Runs a job to its end. Its container stays as the record; one that a killed run has started is awaited, not started twice. */
export async function runJob(run: Run, step: RunJobStep): Promise<Outcome> {
  const { container, name } = step;
  const imageId = await run.ensureImage(container.image, run.signal);
  const found = await findOurs(run.engine, name, container);
  const id = found && isThisRun(run, step, found, imageId) ? found.Id : await startJob(run, step, found, imageId);
  run.passed('job:started');
  const code = await exitCode(run, id, name);
  run.passed('job:exited');
  if (code === 0) return done;
  throw await withLastLines(run.engine, id, new WindlassError('health', `job ${name} exited with ${code}`));
}

function isThisRun(run: Run, { container, previous }: RunJobStep, found: ContainerInspect, imageId: string): boolean {
  const started = found.State.Status !== 'created' && !previous.includes(found.Id);
  return started && isMadeFrom(found, container, imageId) && hasFiles(found.Id, container, run.ledger, 'exactly');
}

async function startJob(run: Run, step: RunJobStep, found: ContainerInspect | undefined, imageId: string): Promise<string> {
  await prepare(run, step.container, imageId);
  const earlier = await Promise.all(step.previous.map((id) => run.engine.inspectContainer(id)));
  const all = [found, ...earlier].filter((old) => old !== undefined);
  all.forEach(assertMade);
  for (const old of all) await retire(run, old);
  run.passed('job:cleared');
  try {
    const id = await makeContainer(run, ending(step.container), step.name, imageId);
    run.signal.throwIfAborted();
    await run.engine.startContainer(id);
    return id;
  } catch (error) {
    throw await withdraw(run, step.container, step.name, error);
  }
}

/** A policy that restarts after exit 0 would have it run for ever. */
function ending(container: ContainerToCreate): ContainerToCreate {
  const { spec } = container;
  return spec.restart.startsWith('on-failure') ? container : { ...container, spec: { ...spec, restart: 'no' } };
}

async function exitCode({ engine, signal }: Run, id: string, name: string): Promise<number> {
  for (;;) {
    await engine.waitContainer(id, signal);
    const found = await engine.inspectContainer(id);
    if (!found) throw new WindlassError('health', `job ${name} was removed while it ran`, { permanent: false });
    // The engine's wait ends with each attempt of `on-failure`.
    if (!found.State.Running) return found.State.ExitCode;
    await sleep(150, undefined, { signal });
  }
}
