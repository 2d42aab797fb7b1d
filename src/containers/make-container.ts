import type { ContainerToCreate } from '../model/step.ts';
import { createOptions, networkAttachments } from './create-options.ts';
import type { Run } from './dependencies.ts';

/** Creates it, joins it to its further networks and places its files: everything but started. The engine's id. */
export async function makeContainer(run: Run, container: ContainerToCreate, name: string, imageId: string): Promise<string> {
  run.signal.throwIfAborted();
  const id = await run.engine.createContainer(createOptions(container, name, imageId));
  run.passed('recreate:created');
  for (const { name: network, aliases } of networkAttachments(container).slice(1)) await run.engine.connectNetwork(network, id, aliases);
  if (container.files.length > 0) await run.place(id, container.files);
  run.passed('recreate:placed');
  return id;
}
