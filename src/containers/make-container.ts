import type { ContainerToCreate } from '../model/step.ts';
import { createOptions, networkAttachments } from './create-options.ts';
import type { Run } from './dependencies.ts';
import { endpoint } from './network-options.ts';

/** Creates it, joins it to its further networks and places its files: everything but started. The engine's id. */
export async function makeContainer(run: Run, container: ContainerToCreate, name: string, imageId: string): Promise<string> {
  run.signal.throwIfAborted();
  const id = await run.engine.createContainer(createOptions(container, name, imageId));
  run.passed('recreate:created');
  for (const further of networkAttachments(container).slice(1)) await run.engine.connectNetwork(further.name, id, endpoint(further));
  if (container.files.length > 0) await run.place(id, container.files);
  run.passed('recreate:placed');
  return id;
}
