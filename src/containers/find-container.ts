import type { ContainerInspect, Engine } from '../docker/engine.ts';
import type { ContainerToCreate } from '../model/step.ts';
import { assertOurs } from './ownership.ts';

/** The container of exactly this name; undefined where there is none. */
export async function findContainer(engine: Engine, name: string): Promise<ContainerInspect | undefined> {
  // Where no container has the name, the engine takes it for the beginning of an id, which only these can be.
  if (!/^[0-9a-f]+$/.test(name)) return engine.inspectContainer(name);
  const listed = (await engine.listContainers([])).find(({ Names }) => Names.includes(`/${name}`));
  return listed && (await engine.inspectContainer(listed.Id));
}

/** The same, or an error when the container of that name is not the wanted one's predecessor. */
export async function findOurs(engine: Engine, name: string, wanted: ContainerToCreate): Promise<ContainerInspect | undefined> {
  const found = await findContainer(engine, name);
  if (found) assertOurs(found, wanted);
  return found;
}
