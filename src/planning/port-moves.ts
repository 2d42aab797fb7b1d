import type { ContainerRecord, HostRecord } from '../model/host.ts';
import type { Difference } from './difference.ts';

/** What has to be put off, or done beforehand, because ports of a host move between containers that stay declared. */
export interface PortMoves {
  /** Each with what it waits for. */
  readonly waiting: ReadonlySet<Difference>;
  /** Old containers that go before anything replaces them: their ports are swapped, and nobody could begin otherwise. */
  readonly first: readonly Difference[];
}

/**
 * A container that is to have a port which another one of the application holds now, and is about to give up, starts after it.
 * Where they wait for each other in a circle, the first of them gives way: it is removed, and made again once its port is free.
 */
export function portMoves(due: readonly Difference[], hosts: readonly HostRecord[]): PortMoves {
  const waitsFor = new Map<Difference, Difference>();
  for (const difference of due) {
    const giver = giverOf(difference, due, hosts);
    if (giver) waitsFor.set(difference, giver);
  }
  const circles = circlesIn(waitsFor);
  return { waiting: new Set(waitsFor.keys()), first: circles.flatMap((one) => givesWay(one, waitsFor) ?? []) };
}

/** What takes away or replaces the container that holds a port which this difference needs. */
function giverOf({ step, host, name }: Difference, due: readonly Difference[], hosts: readonly HostRecord[]): Difference | undefined {
  if (step?.kind !== 'recreate-container' && step?.kind !== 'run-job') return undefined;
  const wanted = step.container.spec.ports.filter(({ published }) => published !== undefined);
  if (wanted.length === 0) return undefined;
  const holds = ({ ports }: ContainerRecord) =>
    ports.some((held) => wanted.some(({ published, protocol }) => published === held.published && protocol === held.protocol));
  const holders = hosts.find((one) => one.name === host)?.containers.filter((record) => record.state === 'running' && holds(record)) ?? [];
  return due.find((other) => other.name !== name && other.host === host && holders.some(({ id }) => givesUp(other, id)));
}

function givesUp({ step }: Difference, container: string): boolean {
  if (step?.kind === 'recreate-container') return step.current === container;
  return step?.kind === 'remove-container' && step.remove.includes(container);
}

/** One of each circle: the first in the order of the plan. */
function circlesIn(waitsFor: ReadonlyMap<Difference, Difference>): readonly Difference[] {
  const seen = new Set<Difference>();
  return [...waitsFor.keys()].filter((start) => {
    const way = [start];
    for (let next = waitsFor.get(start); next && !way.includes(next); next = waitsFor.get(next)) way.push(next);
    const closes = waitsFor.get(way.at(-1) ?? start) === start;
    const first = closes && !way.some((one) => seen.has(one));
    if (first) for (const one of way) seen.add(one);
    return first;
  });
}

function givesWay(difference: Difference, waitsFor: ReadonlyMap<Difference, Difference>): Difference | undefined {
  const { step, name, host, service } = difference;
  if (step?.kind !== 'recreate-container' || step.current === undefined) return undefined;
  const needing = [...waitsFor].find(([, giver]) => giver === difference)?.[0];
  const reason = `goes first: ${needing?.name ?? 'another container'} needs a port of the host that it has`;
  const common = { kind: 'remove-container', name, host, reason } as const;
  return {
    ...common,
    ...(service === undefined ? {} : { service }),
    replaces: true,
    step: { ...common, remove: [step.current], drainMs: 0 },
  };
}
