import type { ContainerInspect, Engine, EngineEvent } from '../docker/engine.ts';
import type { Ledger } from '../model/ledger.ts';

/**
 * The engine as if the containers that were taken over had the labels which say so. The engine cannot change a container's labels;
 * the ledger keeps them beside it, and here they are put back, so that nobody else has to know.
 */
export function withAdopted(engine: Engine, ledger: Pick<Ledger, 'adopted' | 'allAdopted'>): Engine {
  const labelled = (inspect: ContainerInspect): ContainerInspect => {
    const adopted = ledger.adopted(inspect.Id);
    return adopted ? { ...inspect, Config: { ...inspect.Config, Labels: { ...inspect.Config.Labels, ...adopted } } } : inspect;
  };
  const told = (event: EngineEvent): EngineEvent => {
    const adopted = event.type === 'container' ? ledger.adopted(event.id) : undefined;
    return adopted ? { ...event, attributes: { ...event.attributes, ...adopted } } : event;
  };
  return {
    ...engine,
    inspectContainer: async (id) => {
      const inspect = await engine.inspectContainer(id);
      return inspect && labelled(inspect);
    },
    listContainers: async (labels) => {
      if (ledger.allAdopted().length === 0) return engine.listContainers(labels);
      const all = await engine.listContainers([]);
      return all
        .map((one) => ({ ...one, Labels: { ...one.Labels, ...ledger.adopted(one.Id) } }))
        .filter(({ Labels }) => labels.every((label) => carries(Labels, label)));
    },
    events: (onEvent, signal, onOpen) => engine.events((event) => onEvent(told(event)), signal, onOpen),
  };
}

/** `key` or `key=value`. */
function carries(labels: Readonly<Record<string, string>>, label: string): boolean {
  const [key = '', ...value] = label.split('=');
  return value.length === 0 ? labels[key] !== undefined : labels[key] === value.join('=');
}
