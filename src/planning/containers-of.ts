import type { ContainerRecord, HostRecord } from '../model/host.ts';
import type { Located } from './place.ts';

/** Every container of an application that windlass made, of one service. */
export function containersOf(
  application: { environment: string; name: string },
  service: string,
  hosts: readonly HostRecord[],
): readonly Located[] {
  return hosts.flatMap((host) =>
    host.containers
      .filter((record) => belongs(application, record) && record.service === service)
      .map((record) => ({ record, host: host.name })),
  );
}

const belongs = (application: { environment: string; name: string }, record: ContainerRecord): boolean =>
  record.environment === application.environment && record.app === application.name && record.spec !== undefined;
