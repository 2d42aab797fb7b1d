import type { Application, Issue, Service } from '../model/application.ts';
import { type ContainerRecord, isStranger } from '../model/host.ts';
import { renderService } from '../rendering/service-files.ts';
import { heldBackBy, type ListLengths, lengthsToRemember } from './guards.ts';
import { type Replica, type ReplicasInput, renderInput } from './replicas.ts';

/** One stranger's files, rendered for it. */
export interface RenderedStranger extends Pick<Replica, 'service' | 'host' | 'files' | 'anew' | 'heldBack' | 'secrets'> {
  readonly record: ContainerRecord;
  /** Why it gets none. */
  readonly issues: readonly Issue[];
}

/** Renders a service's files for its strangers: each sees its own name, labels and networks. */
export function renderStrangers(input: ReplicasInput): { readonly strangers: readonly RenderedStranger[]; readonly lists: ListLengths } {
  const { application, service, hosts, terms } = input;
  const found = hosts.flatMap((host) =>
    host.containers.filter((record) => isOf(application, service, record)).map((record) => ({ record, host: host.name })),
  );
  const own = found.filter(({ record }) => isStranger(record));
  const guarded = { guard: service.guard, records: found.map(({ record }) => record), lengths: terms.lists };
  const { kept: _, ...rest } = input;
  const strangers = own.map(({ record, host }): RenderedStranger => {
    const { name, index } = record;
    const labels = { ...service.spec.labels, ...record.labels };
    // Not kept from one decision to the next: they come and go under any names, and what is kept only goes with its revision.
    const rendered = renderService(renderInput(rest, { name, index, host, networks: Object.keys(record.networks), labels }));
    return { ...rendered, service, record, host, heldBack: heldBackBy({ ...guarded, files: rendered.files }) };
  });
  const lists = strangers.map(({ files }) => lengthsToRemember({ ...guarded, files }));
  return { strangers, lists: Object.assign({}, ...lists) as ListLengths };
}

const isOf = (application: Application, service: Service, { environment, app, service: name }: ContainerRecord): boolean =>
  environment === application.environment && app === application.name && name === service.name;
