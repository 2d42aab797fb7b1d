import type { ContainerRecord, HostRecord } from '../model/host.ts';
import { candidateName, containerName } from '../model/names.ts';
import { byText } from './view-object.ts';

/** A container that templates list. */
export interface Member {
  readonly record: ContainerRecord;
  readonly host: HostRecord;
  /** The final one, also for a candidate; a stranger's own. */
  readonly name: string;
  readonly index: number;
  readonly healthy: boolean;
}

/**
 * The containers of a service that templates list: at most one per index, ordered by index, then the strangers by name.
 *
 * Left out are those that are not running or still starting, those above `replicas` and those that a ready one of the same index replaces.
 * Containers of a lost host stay: that its agent is silent does not say that they are.
 */
export function members(
  hosts: readonly HostRecord[],
  environment: string,
  app: string,
  service: string,
  replicas: number,
): readonly Member[] {
  const listed = hosts.flatMap((host) =>
    host.containers
      .filter((record) => record.environment === environment && record.app === app && record.service === service)
      .filter(isListed)
      .map((record) => memberOf(host, record)),
  );
  const strangers = listed.filter(({ record }) => record.spec === undefined);
  const own = listed.filter(({ record, index }) => record.spec !== undefined && index <= replicas);
  const indexes = [...new Set(own.map(({ index }) => index))].sort((a, b) => a - b);
  const chosen = indexes.flatMap((index) =>
    own
      .filter((member) => member.index === index)
      .sort(byClaim)
      .slice(0, 1),
  );
  return [...chosen, ...strangers.sort((a, b) => byText(a.name, b.name) || byText(a.host.name, b.host.name))];
}

/** An unhealthy one was healthy once or is a stranger's word for itself: it stays, so that a reader can keep it as down. */
function isListed(record: ContainerRecord): boolean {
  if (record.state !== 'running' || record.health === 'starting') return false;
  return record.ready || record.health !== 'none' || record.spec === undefined;
}

function memberOf(host: HostRecord, record: ContainerRecord): Member {
  const final = containerName(record.environment, record.app, record.service, record.index);
  return {
    record,
    host,
    name: record.spec === undefined ? record.name : final,
    index: record.index,
    healthy: record.health !== 'unhealthy',
  };
}

/**
 * Of two with one index: the ready before the unhealthy, then the replacing before the replaced; a candidate that never was healthy last.
 */
function byClaim(a: Member, b: Member): number {
  const isCandidate = ({ record, name }: Member) => record.name === candidateName(name);
  const rank = (member: Member) => (member.healthy ? 0 : 2) + (isCandidate(member) === member.healthy ? 0 : 1);
  return rank(a) - rank(b) || byText(b.record.startedAt, a.record.startedAt) || byText(a.host.name, b.host.name);
}
