import type { Constraint, Service } from '../model/application.ts';
import type { ContainerRecord, HostRecord } from '../model/host.ts';
import type { Environment, Root } from '../model/root.ts';

/** The hosts of an environment, labels of windlass.yaml over the agents' own, by name. */
export function hostsOf(environment: Environment, root: Root, hosts: readonly HostRecord[]): readonly HostRecord[] {
  const wanted = Object.entries(environment.hosts ?? {});
  return withRootLabels(root, hosts)
    .filter((host) => wanted.every(([key, value]) => host.labels[key] === value))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All hosts, labels of windlass.yaml over the agents' own, in the order given. */
export function withRootLabels(root: Root, hosts: readonly HostRecord[]): readonly HostRecord[] {
  return hosts.map((host) => ({ ...host, labels: { ...host.labels, ...root.hosts.find(({ name }) => name === host.name)?.labels } }));
}

/** Whether a service may run on a host. */
export function mayRunOn(constraints: readonly Constraint[], host: HostRecord): boolean {
  return constraints.every(({ attribute, key, operator, value }) => {
    const actual = attribute === 'hostname' ? host.name : host.labels[key];
    return operator === '==' ? actual === value : actual !== value;
  });
}

/** A container record with the host it is on. */
export interface Located {
  readonly record: ContainerRecord;
  readonly host: string;
}

/**
 * The host of each replica, replica 1 first. A replica stays where it is while it may; a new one goes to the ready host
 * with the fewest replicas of this service. Empty where no host may take it.
 */
export function place(service: Service, hosts: readonly HostRecord[], existing: readonly Located[]): readonly string[] {
  const allowed = hosts.filter((host) => mayRunOn(service.constraints, host));
  const ready = allowed.filter(({ state }) => state === 'ready');
  if (allowed.length === 0) return [];
  const load = new Map(allowed.map(({ name }) => [name, 0]));
  const take = (host: string) => {
    load.set(host, (load.get(host) ?? 0) + 1);
    return host;
  };
  const indices = Array.from({ length: service.replicas }, (_, i) => i + 1);
  const kept = new Map<number, string>();
  for (const index of indices) {
    const home = existing.filter(({ record, host }) => record.index === index && load.has(host)).sort(settledFirst(hosts))[0];
    if (home) kept.set(index, take(home.host));
  }
  const pool = ready.length > 0 ? ready : allowed;
  const emptiest = () => pool.map(({ name }) => name).sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || (a < b ? -1 : 1))[0] ?? '';
  return indices.map((index) => kept.get(index) ?? take(emptiest()));
}

/** A replica and its host. */
export interface Seat {
  readonly index: number;
  readonly host: string;
}

/**
 * Where each replica is. Of a global service each host that may take it has one, which keeps its index as long as the host is there; a
 * new host gets the lowest that is free.
 */
export function seats(service: Service, hosts: readonly HostRecord[], existing: readonly Located[]): readonly Seat[] {
  if (service.global !== true) return place(service, hosts, existing).map((host, position) => ({ index: position + 1, host }));
  const allowed = hosts.filter((host) => mayRunOn(service.constraints, host)).map(({ name }) => name);
  const taken = new Map<string, number>();
  for (const { record, host } of [...existing].sort((a, b) => a.record.index - b.record.index)) {
    if (allowed.includes(host) && !taken.has(host) && ![...taken.values()].includes(record.index)) taken.set(host, record.index);
  }
  const used = new Set(taken.values());
  const free = Array.from({ length: allowed.length + used.size }, (_, position) => position + 1).filter((index) => !used.has(index));
  return allowed.map((host) => ({ host, index: taken.get(host) ?? free.shift() ?? 0 })).sort((a, b) => a.index - b.index);
}

/**
 * Of several containers of one replica, the place of a running one counts before that of a stopped one, then that of the host which
 * has been here longer: one that was forgotten and is back does not take over what has been placed elsewhere since.
 */
const settledFirst =
  (hosts: readonly HostRecord[]) =>
  (a: Located, b: Located): number => {
    const joined = ({ host }: Located) => hosts.find(({ name }) => name === host)?.joined ?? 0;
    const running = ({ record }: Located) => Number(record.state === 'running');
    return running(b) - running(a) || joined(a) - joined(b) || (a.host < b.host ? -1 : 1);
  };
