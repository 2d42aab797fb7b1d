import type { Command } from 'commander';
import type { HostDetails, HostStatus, HostsDocument } from '../../model/documents.ts';
import { shortBytes, shortTime } from '../format.ts';
import { type Paint, paintState } from '../paint.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

/** `windlass hosts`. */
export function addHosts(program: Command, session: Session): void {
  program
    .command('hosts')
    .description('list the hosts and what they have')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: true }) => {
      const document = await (await session.client()).get<HostsDocument>(['hosts']);
      if (json) return session.printJson(document);
      if (document.hosts.length === 0) return session.note('no hosts: none has an agent running');
      session.print(detailsTable(document.hosts, session.paint));
    });
}

/** The short form that status shows. */
export const hostsTable = (hosts: readonly HostStatus[], paint: Paint): string =>
  table(
    ['HOST', 'STATE', 'ENGINE', 'LABELS', 'LAST SEEN'],
    hosts.map((host) => [host.name, paintState(paint, host.state), host.engine, labelsText(host), shortTime(host.lastSeen)]),
  );

const detailsTable = (hosts: readonly HostDetails[], paint: Paint): string =>
  table(
    ['HOST', 'STATE', 'ADDRESS', 'CPUS', 'MEMORY', 'CONTAINERS', 'ENGINE', 'LABELS', 'LAST SEEN'],
    hosts.map((host) => [
      host.name,
      paintState(paint, host.state),
      host.address,
      String(host.cpus),
      shortBytes(host.memory),
      String(host.containers),
      host.engine,
      labelsText(host),
      shortTime(host.lastSeen),
    ]),
  );

const labelsText = ({ labels }: HostStatus) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || '-';
