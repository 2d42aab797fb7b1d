import { type Client, containerPart } from './client.ts';
import type { Engine } from './engine.ts';
import { accepting, orUndefined } from './errors.ts';

type NetworkCalls = Pick<
  Engine,
  | 'inspectNetwork'
  | 'createNetwork'
  | 'connectNetwork'
  | 'listNetworks'
  | 'removeNetwork'
  | 'listVolumes'
  | 'inspectVolume'
  | 'createVolume'
>;

/** The engine's calls for networks and volumes. Removing a network that is gone is well. */
export function networkCalls(client: Client): NetworkCalls {
  const network = (name: string) => client.docker.getNetwork(containerPart(name));
  return {
    inspectNetwork: (name) => orUndefined(client.ask(`inspect network ${name}`, () => network(name).inspect())),
    createNetwork: async (options) => {
      await client.ask(`create network ${options.Name}`, () => client.docker.createNetwork(options));
    },
    connectNetwork: async (name, container, endpoint) => {
      const options = { Container: container, EndpointConfig: endpoint };
      await client.ask(`connect container ${container} to network ${name}`, () => network(name).connect(options));
    },
    listNetworks: (labels) => client.ask('list networks', () => client.docker.listNetworks({ filters: { label: [...labels] } })),
    removeNetwork: (name) =>
      accepting(
        [404],
        client.ask(`remove network ${name}`, () => network(name).remove()),
      ),
    listVolumes: async (labels) =>
      // The engine says null where there is none.
      (await client.ask('list volumes', () => client.docker.listVolumes({ filters: { label: [...labels] } }))).Volumes ?? [],
    inspectVolume: (name) =>
      orUndefined(client.ask(`inspect volume ${name}`, () => client.docker.getVolume(containerPart(name)).inspect())),
    createVolume: async ({ name, driver, driverOptions, labels }) => {
      const options = {
        Name: name,
        ...(driver === undefined ? {} : { Driver: driver }),
        ...(driverOptions ? { DriverOpts: driverOptions } : {}),
        ...(labels ? { Labels: labels } : {}),
      };
      await client.ask(`create volume ${name}`, () => client.docker.createVolume(options));
    },
  };
}
