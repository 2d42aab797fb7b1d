import type { ContainerInspect } from '../docker/engine.ts';
import type { PushConfigStep } from '../model/step.ts';
import { checksInPlace } from './checks.ts';
import type { Outcome, PushDependencies } from './install.ts';
import { isDone } from './ledger-entries.ts';
import { place } from './place.ts';
import { shadowOfRunning } from './shadow-options.ts';

/** Whether the engine can put files into it, and it may start with them: one that is stopped, or waits to be started once more. */
export const isStopped = ({ State: { Running, Restarting, Paused, Dead } }: ContainerInspect): boolean =>
  (!Running || Restarting) && !Paused && !Dead;

/** Puts the step's files into a container that does not run, once every check has passed in a shadow: its next start loads them. */
export async function placeStopped(
  dependencies: PushDependencies,
  container: ContainerInspect,
  step: PushConfigStep,
  signal: AbortSignal,
): Promise<Outcome> {
  const { ledger, shadows, fault } = dependencies;
  if (isDone(ledger.configs(container.Id), step)) return { kind: 'nothing-to-do' };
  for (const argv of checksInPlace(step)) {
    await shadows.check({ name: step.name, shadow: shadowOfRunning(container), argv, files: step.all });
  }
  fault('push:checked');
  signal.throwIfAborted();
  await place(dependencies, container.Id, step.files);
  return { kind: 'done' };
}
