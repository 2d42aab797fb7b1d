import type { Command } from 'commander';
import type { ForgottenHostDocument, HostDetails, HostStatus, HostsDocument } from '../../model/status-documents.ts';
import { host } from '../arguments.ts';
import { count, shortBytes, shortTime } from '../format.ts';
import { type Paint, paintState } from '../paint.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

/** `windlass hosts` and `windlass hosts forget HOST`. */
export function addHosts(program: Command, session: Session): void {
  const hosts = program.command('hosts').description('list the hosts and what they have');
  hosts
    .command('forget')
    .description('declare a lost host gone for good: what ran there is placed elsewhere')
    .argument('<HOST>', 'the host', host)
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON document')
    .action((name: string, { yes, json }: { yes?: true; json?: true }) => forget(session, name, yes === true, json === true));
  hosts.option('--json', 'print one JSON document').action(async ({ json }: { json?: true }) => {
    const document = await (await session.client()).get<HostsDocument>(['hosts']);
    if (json) return session.printJson(document);
    if (document.hosts.length === 0) return session.note('no hosts: none has an agent running');
    session.print(detailsTable(document.hosts, session.paint));
  });
}

async function forget(session: Session, name: string, yes: boolean, json: boolean): Promise<void> {
  const client = await session.client();
  await session.confirm(`forget ${name}? Its volumes are not moved: what is placed elsewhere starts with empty ones`, yes);
  const document = await client.send<ForgottenHostDocument>('DELETE', ['hosts', name]);
  if (json) return session.printJson(document);
  session.print(`${name} is forgotten: its ${count(document.containers, 'container')} are placed elsewhere\n`);
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
