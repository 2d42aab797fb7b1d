import type { ContainerInspect } from '../docker/engine.ts';
import { messageOf, WindlassError } from '../errors.ts';
import { candidateName } from '../model/names.ts';
import type { RecreateContainerStep } from '../model/step.ts';
import { bringUp, startContainer } from './bring-up.ts';
import type { Run } from './dependencies.ts';
import { retire } from './discard.ts';
import { findOurs } from './find-container.ts';
import { withLastLines } from './last-lines.ts';
import { done, nothingToDo, type Outcome } from './outcome.ts';
import { hasFiles, isProven, isRight } from './ownership.ts';
import { check } from './prepare.ts';
import { stopFirst } from './stop-first.ts';
import { hasNamelessVolume, isStuck } from './stuck.ts';
import { finishTakeover, isTakenOver, predecessor } from './takeover.ts';
import { waitReady } from './wait-ready.ts';

/** Brings a container about in the order that its step names; run again after a crash it goes on from what it finds. */
export async function recreate(run: Run, step: RecreateContainerStep): Promise<Outcome> {
  if (step.order === 'start') return start(run, step);
  const imageId = await run.ensureImage(step.container.image, run.signal);
  await finishTakeover(run, step, imageId);
  if (step.order === 'create') return create(run, step, imageId);
  if (await isTakenOver(run, step, imageId)) return done;
  return step.order === 'stop-first' ? stopFirst(run, step, imageId) : startFirst(run, step, imageId);
}

/**
 * Under the final name, for there is none to replace. One that is there and works is left for the next plan, which sees it and replaces it.
 */
async function create(run: Run, step: RecreateContainerStep, imageId: string): Promise<Outcome> {
  const { container, name } = step;
  const found = await findOurs(run.engine, name, container);
  if (found && isProven(found, run.ledger) && !isRight(found, container, imageId, run.ledger)) return nothingToDo;
  const discardCandidate = async () => {
    const leftover = await findOurs(run.engine, candidateName(name), container);
    if (leftover) await retire(run, leftover);
  };
  await bringUp(run, step, { name, imageId, mayFinish: true, beforeStart: discardCandidate });
  return done;
}

/** Under the candidate's name beside the old one, which a later remove-container retires. */
async function startFirst(run: Run, step: RecreateContainerStep, imageId: string): Promise<Outcome> {
  const old = await predecessor(run, step);
  await bringUp(run, step, { name: candidateName(step.name), imageId, mayFinish: !old?.State.Running });
  return done;
}

/** The one that is there, with the files it should have; one that never ran may lack more than files and is made again. */
async function start(run: Run, step: RecreateContainerStep): Promise<Outcome> {
  const found = await predecessor(run, step);
  const anew = () => recreate(run, { ...step, order: 'create' });
  if (!found || found.State.Status === 'created') return anew();
  const fresh = !found.State.Running;
  try {
    if (fresh) await startAgain(run, step, found);
  } catch (error) {
    if (!isStuck(error) || hasNamelessVolume(found)) throw error;
    run.log.warn({ container: step.name, error: messageOf(error) }, 'its engine cannot start it any more: it is made anew');
    return anew();
  }
  try {
    await waitReady(run, found.Id, { name: step.name, monitorMs: step.container.monitorMs, fresh, mayFinish: true });
  } catch (error) {
    throw error instanceof WindlassError ? await withLastLines(run.engine, found.Id, error) : error;
  }
  run.passed('recreate:ready');
  return fresh ? done : nothingToDo;
}

async function startAgain(run: Run, { container }: RecreateContainerStep, { Id, Image }: ContainerInspect): Promise<void> {
  const complete = hasFiles(Id, container, run.ledger, 'at-least');
  if (!complete) {
    await check(run, container, Image);
    await run.place(Id, container.files, { restarted: true });
    run.passed('recreate:placed');
  }
  await startContainer(run, Id);
  await run.sweepStaged(Id);
}
