import type { Application, Service } from '../../src/model/application.ts';
import type { HostRecord } from '../../src/model/host.ts';
import type { FileToInstall } from '../../src/model/step.ts';
import { containersOf } from '../../src/planning/containers-of.ts';
import { type DesiredContainer, desiredContainer } from '../../src/planning/desired.ts';
import { place } from '../../src/planning/place.ts';

export interface GivenFiles {
  readonly files?: readonly FileToInstall[] | undefined;
  readonly configuration?: string | undefined;
}

/** What a service's replicas should be on these hosts, every one with the same files. */
export const desiredReplicas = (
  application: Application,
  service: Service,
  hosts: readonly HostRecord[],
  { files = [], configuration }: GivenFiles = {},
): DesiredContainer[] =>
  place(service, hosts, containersOf(application, service.name, hosts)).map((host, i) =>
    desiredContainer({ application, service, index: i + 1, host, files, configuration, image: undefined, built: undefined }),
  );

/** The same for every service of the application, by name. */
export const desiredOf = (
  application: Application,
  hosts: readonly HostRecord[],
  given: GivenFiles = {},
): Map<string, DesiredContainer[]> =>
  new Map(application.services.map((service) => [service.name, desiredReplicas(application, service, hosts, given)]));
