import type { ContainerInspect } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import type { AdoptContainerStep, Claim } from '../model/step.ts';
import type { Run } from './dependencies.ts';
import { findContainer } from './find-container.ts';
import { done, nothingToDo, type Outcome } from './outcome.ts';
import { nameOf } from './ownership.ts';

/** Takes over a container as it is. */
export async function adopt(run: Run, { claims = [] }: AdoptContainerStep): Promise<Outcome> {
  const taken = await claimAll(run, claims);
  return taken ? done : nothingToDo;
}

/** Makes containers of a Compose project the application's own, one after another; false where all of them were already. */
export async function claimAll(run: Run, claims: readonly Claim[] = []): Promise<boolean> {
  let taken = false;
  for (const claim of claims) taken = (await claimOne(run, claim)) || taken;
  return taken;
}

/** Renamed first: whatever is noted down has its final name, and one that is only renamed is still found by Compose's labels. */
async function claimOne(run: Run, { container, project, name, labels }: Claim): Promise<boolean> {
  const found = await run.engine.inspectContainer(container);
  run.signal.throwIfAborted();
  // A run that was killed has replaced it already: the rest of the step finds that out for itself.
  if (!found) return false;
  if (Object.entries(labels).every(([key, value]) => found.Config.Labels[key] === value) && nameOf(found) === name) return false;
  requireUnclaimed(found, project);
  await requireFree(run, name, found);
  if (nameOf(found) !== name) await run.engine.renameContainer(found.Id, name);
  run.passed('adopt:renamed');
  await run.ledger.adopt(found.Id, labels);
  // It has been at work before windlass came; whoever lists it shall not lose it.
  if (found.State.Running && !found.State.Restarting) await run.ledger.markReady(found.Id);
  run.passed('adopt:noted');
  return true;
}

function requireUnclaimed(found: ContainerInspect, project: string): void {
  const labels = found.Config.Labels;
  const own = labels['com.docker.compose.project'];
  const why = labels['windlass.app']
    ? `it belongs to ${labels['windlass.environment']}/${labels['windlass.app']}`
    : `it is of the Compose project ${JSON.stringify(own ?? '')}`;
  if (own === project && labels['windlass.app'] === undefined) return;
  throw new WindlassError('docker', `container ${nameOf(found)} cannot be taken over for the Compose project ${project}: ${why}`);
}

async function requireFree(run: Run, name: string, found: ContainerInspect): Promise<void> {
  const other = await findContainer(run.engine, name);
  if (!other || other.Id === found.Id) return;
  throw new WindlassError('docker', `${nameOf(found)} cannot become ${name}: another container has that name; rename or remove it`);
}
