import type { ContainerInspect } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import { candidateName } from '../model/names.ts';
import type { RecreateContainerStep } from '../model/step.ts';
import { bringUp, startContainer } from './bring-up.ts';
import type { Run } from './dependencies.ts';
import { discard } from './discard.ts';
import { findOurs } from './find-container.ts';
import { withLastLines } from './last-lines.ts';
import { placeFiles } from './make-container.ts';
import { done, nothingToDo, type Outcome } from './outcome.ts';
import { assertOurs, hasFiles, isRight } from './ownership.ts';
import { check } from './prepare.ts';
import { stopFirst } from './stop-first.ts';
import { finishTakeover, isTakenOver, predecessor } from './takeover.ts';
import { waitReady } from './wait-ready.ts';

/** Brings a container about in the order that its step names; run again after a crash it goes on from what it finds. */
export async function recreate(run: Run, step: RecreateContainerStep): Promise<Outcome> {
  if (step.order === 'start') return start(run, step);
  const imageId = await run.ensureImage(step.container.image, run.signal);
  if (step.order === 'create') return create(run, step, imageId);
  if (await isTakenOver(run, step, imageId)) return done;
  return step.order === 'stop-first' ? stopFirst(run, step, imageId) : startFirst(run, step, imageId);
}

/** Under the final name: there is none to replace. */
async function create(run: Run, step: RecreateContainerStep, imageId: string): Promise<Outcome> {
  const { container, name } = step;
  await finishTakeover(run, step, (candidate) => isRight(candidate, container, imageId, run.ledger));
  await bringUp(run, step, { name, imageId, mayFinish: true });
  const leftover = await findOurs(run.engine, candidateName(name), container);
  if (leftover && !leftover.State.Running) await discard(run, leftover.Id);
  return done;
}

/** Under the candidate's name beside the old one, which a later remove-container retires. */
async function startFirst(run: Run, step: RecreateContainerStep, imageId: string): Promise<Outcome> {
  await finishTakeover(run, step, ({ Id }) => Id === step.current);
  const old = await predecessor(run, step);
  await bringUp(run, step, { name: candidateName(step.name), imageId, mayFinish: !old?.State.Running });
  return done;
}

/** The one that is there, with the files it should have; one that never ran may lack more than files and is made again. */
async function start(run: Run, step: RecreateContainerStep): Promise<Outcome> {
  const found = await predecessor(run, step);
  if (!found || found.State.Status === 'created') return create(run, step, await run.ensureImage(step.container.image, run.signal));
  assertOurs(found, step.container);
  const fresh = !found.State.Running;
  if (fresh) await startAgain(run, step, found);
  try {
    await waitReady(run, found.Id, { name: step.name, monitorMs: step.container.monitorMs, fresh, mayFinish: true });
  } catch (error) {
    throw error instanceof WindlassError ? await withLastLines(run.engine, found.Id, error) : error;
  }
  run.passed('recreate:ready');
  return fresh ? done : nothingToDo;
}

async function startAgain(run: Run, { container }: RecreateContainerStep, { Id, Image }: ContainerInspect): Promise<void> {
  if (!hasFiles(Id, container, run.ledger, 'at-least')) {
    await check(run, container, Image);
    await placeFiles(run, Id, container);
    run.passed('recreate:placed');
  }
  await startContainer(run, Id);
}
