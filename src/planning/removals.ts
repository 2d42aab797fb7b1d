import type { Application, Service } from '../model/application.ts';
import type { ContainerRecord, HostRecord } from '../model/host.ts';
import type { Difference } from './difference.ts';
import { isJob, type Leaving } from './leaving.ts';
import type { Located } from './place.ts';

interface RemovalsInput {
  readonly application: Application;
  readonly hosts: readonly HostRecord[];
  readonly leaving: Leaving;
  /** What else the application has to do. */
  readonly due: readonly Difference[];
}

export interface Removals {
  /** Of this application; one without a step is held. */
  readonly own: readonly Difference[];
  /** What cannot start before a container that holds its port is gone; `waitsFor` where another application's run removes that. */
  readonly inTheWay: readonly { readonly neededBy: Difference; readonly waitsFor?: string }[];
  readonly held: string | undefined;
}

/**
 * The containers of an environment that no declaration asks for any more; strangers are never touched. They go last, but for one
 * that holds a port which something due on its host needs: a service that got another name would never start beside its old self.
 */
export function removalsOf({ application, hosts, leaving, due }: RemovalsInput): Removals {
  const gone = hosts.flatMap((host) => host.containers.filter(leaving.isLeaving).map((record) => ({ record, host: host.name })));
  const needs = ({ record, host }: Located) => due.filter((one) => one.host === host && wantedPort(one, record) !== undefined);
  const mine = gone.filter(({ record }) => record.app === application.name && !isUnfinishedJob(record));
  const holdOf = ({ record }: Located): string | undefined =>
    leaving.held ?? (leaving.isInTheWay(record) ? undefined : leaving.heldUnlessInTheWay);
  return {
    own: mine.map((one) => removal({ one, leaving, application, neededBy: needs(one)[0], held: holdOf(one) !== undefined })),
    inTheWay: gone.flatMap((one) =>
      needs(one).map((neededBy) => {
        if (one.record.app === application.name) return { neededBy };
        const port = wantedPort(neededBy, one.record);
        return {
          neededBy,
          waitsFor: `${neededBy.name} needs port ${port} of ${one.host}, which ${one.record.name} has until it is removed`,
        };
      }),
    ),
    held: mine.map(holdOf).find((reason) => reason !== undefined),
  };
}

/** It goes once it has ended: nobody is served by half a migration. */
const isUnfinishedJob = (record: ContainerRecord): boolean => isJob(record) && record.state === 'running';

interface Removal {
  readonly one: Located;
  readonly leaving: Leaving;
  readonly application: Application;
  readonly neededBy: Difference | undefined;
  readonly held: boolean;
}

function removal({ one: { record, host }, leaving, application, neededBy, held }: Removal): Difference {
  const service = application.services.find(({ name }) => name === record.service);
  const port = neededBy && `; goes first: ${neededBy.name} needs port ${wantedPort(neededBy, record)} of the host`;
  const common = {
    kind: 'remove-container',
    name: record.name,
    host,
    reason: `${reasonFor(record, application, service)}${port ?? ''}`,
  } as const;
  const step = { ...common, remove: [record.id], drainMs: service?.drainMs ?? leaving.drainMs(record) };
  return { ...common, service: record.service, ...(port ? {} : { retires: true }), ...(held ? {} : { step }) };
}

function reasonFor({ app, service: name }: ContainerRecord, { services }: Application, service: Service | undefined): string {
  if (services.length === 0) return `${app} is no longer in the repository`;
  if (!service) return `service ${name} is no longer declared`;
  return `service ${name} has ${service.replicas} replica${service.replicas === 1 ? '' : 's'}`;
}

/** A port of the host that the container holds and the step's container is to have. */
function wantedPort({ step }: Difference, { ports }: ContainerRecord): number | undefined {
  if (step?.kind !== 'recreate-container' && step?.kind !== 'run-job') return undefined;
  const wanted = step.container.spec.ports;
  const same = (held: ContainerRecord['ports'][number]) =>
    held.published !== undefined && wanted.some(({ published, protocol }) => published === held.published && protocol === held.protocol);
  return ports.find(same)?.published;
}
