import type { Application, Service } from '../model/application.ts';
import type { ContainerRecord, HostRecord } from '../model/host.ts';
import { containerName } from '../model/names.ts';
import type { ViewInput } from './view.ts';

/** Addresses that stand for no machine: TEST-NET-1 of RFC 5737. */
const hostAddress = '192.0.2.254';
const hostName = 'host';

/**
 * The same input with everything that is discovered replaced by what depends on declarations alone: one host, on which the reader
 * and one healthy container of each service run. One, whatever `replicas` says: more members are no change of configuration.
 */
export function standIns(input: ViewInput): ViewInput {
  const applications = [...input.applications.filter(({ name }) => name !== input.application.name), input.application];
  const declaration = input.hostDeclarations.find(({ name }) => name === input.container.host);
  return {
    ...input,
    applications,
    container: { ...input.container, host: hostName },
    surroundings: input.surroundings.withHosts([hostStandIn(applications)]),
    hostDeclarations: declaration === undefined ? [] : [{ ...declaration, name: hostName }],
  };
}

function hostStandIn(applications: readonly Application[]): HostRecord {
  return {
    name: hostName,
    address: hostAddress,
    labels: {},
    cpus: 1,
    memory: 1024 ** 3,
    engine: '',
    session: '',
    state: 'ready',
    lastSeen: 0,
    joined: 0,
    containers: applications.flatMap((application) => application.services.map((service) => containerStandIn(application, service))),
    compose: [],
    images: [],
  };
}

function containerStandIn(application: Application, { name: service, spec }: Service): ContainerRecord {
  const { environment, name: app } = application;
  const name = containerName(environment, app, service, 1);
  const networks = spec.networkMode === undefined ? spec.networks.map((network) => network.name) : [spec.networkMode];
  return {
    id: name,
    name,
    environment,
    app,
    service,
    index: 1,
    spec: '',
    state: 'running',
    health: 'healthy',
    ready: true,
    imageId: '',
    image: '',
    startedAt: '',
    restartCount: 0,
    labels: {},
    networks: Object.fromEntries(networks.map((network) => [network, { ip: spec.networkMode === undefined ? '192.0.2.1' : '' }])),
    ports: spec.ports.map(({ target, protocol, published = target }) => ({ target, protocol, published })),
    configs: {},
  };
}
