import type { Command } from 'commander';
import { unclaimedImages } from '../../model/deployment.ts';
import type { ContainerStatus, EnvironmentStatus, ImagesStatus, RepositoryStatus, StatusDocument } from '../../model/status-documents.ts';
import { age, oneLine, shortCommit, shortTime } from '../format.ts';
import { type Paint, paintState } from '../paint.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';
import { hostsTable } from './hosts.ts';

/** `windlass status`. */
export function addStatus(program: Command, session: Session): void {
  program
    .command('status')
    .description('show what every environment should be at and is at')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: true }) => {
      const status = await (await session.client()).get<StatusDocument>(['status']);
      if (json) return session.printJson(status);
      session.print(statusText(status, session.paint));
    });
}

/** Tables: applications, containers, hosts, clones. */
function statusText({ repositories, environments, hosts }: StatusDocument, paint: Paint): string {
  const clones = table(
    ['SOURCE', 'REPOSITORY', 'FETCHED', 'MESSAGE'],
    repositories.map((repository) => repositoryRow(repository, paint)),
  );
  if (environments.length === 0) return `no environments: windlass.yaml declares none, or has not been read yet\n${clones}`;
  const applications = environments.flatMap((environment) => applicationRows(environment, paint));
  const containers = environments.flatMap(({ apps }) =>
    apps.flatMap(({ services }) => services.flatMap((service) => service.containers.map((container) => containerRow(container, paint)))),
  );
  return [
    table(['ENVIRONMENT', 'APP', 'STATE', 'WANTED', 'DEPLOYED', 'MESSAGE'], applications),
    table(['CONTAINER', 'HOST', 'STATE', 'HEALTH', 'CONFIG', 'IP', 'STARTED'], containers),
    hostsTable(hosts, paint),
    clones,
  ]
    .filter((text) => text !== '')
    .join('\n');
}

function applicationRows(environment: EnvironmentStatus, paint: Paint): readonly string[][] {
  const { name, apps, state, message, wanted, deployed, freeze, images } = environment;
  const marked = (text: string, frozen: boolean) => (frozen ? `${text} (${paintState(paint, 'frozen')})` : text);
  const shown = marked(name, freeze !== null);
  const whole = [shown, '-', paintState(paint, state), shortCommit(wanted), shortCommit(deployed), oneLine(message)];
  const rows = apps.map((app) => [
    shown,
    marked(app.name, app.freeze !== null && freeze === null),
    paintState(paint, app.state),
    shortCommit(app.wanted),
    shortCommit(app.deployed),
    oneLine([app.message, frozenText(app)].filter((text) => text !== '').join('; ')),
  ]);
  const unclaimed = images ? [[shown, unclaimedImages, paintState(paint, images.state), shortCommit(wanted), '-', imagesText(images)]] : [];
  return [...(apps.length === 0 || message !== '' ? [whole] : []), ...rows, ...unclaimed];
}

const imagesText = ({ message, deployment }: ImagesStatus): string =>
  [oneLine(message), `"windlass show ${deployment}" has the log`].filter((text) => text !== '').join('; ');

/** Who froze it, unless the message says so already. */
function frozenText({ freeze, state }: EnvironmentStatus['apps'][number]): string {
  if (!freeze || state === 'held') return '';
  return `frozen by ${freeze.by} since ${shortTime(freeze.since)}${freeze.reason === '' ? '' : `: ${freeze.reason}`}`;
}

function repositoryRow({ source, url, fetchedAt, message }: RepositoryStatus, paint: Paint): string[] {
  const when = fetchedAt === null ? 'never' : `${age(Date.now() - Date.parse(fetchedAt))} ago`;
  return [source, oneLine(url), message === '' ? when : paint('yellow', when), oneLine(message)];
}

function containerRow({ name, host, stranger, state, health, configs, ip, startedAt }: ContainerStatus, paint: Paint): string[] {
  return [
    stranger ? `${name} (stranger)` : name,
    host,
    paintState(paint, state),
    health === 'none' ? '-' : paintState(paint, health),
    configText(configs, paint),
    ip ?? '-',
    shortTime(startedAt),
  ];
}

function configText(configs: ContainerStatus['configs'], paint: Paint): string {
  const loaded = configs.filter((config) => config.desired === config.installed && config.desired === config.loaded).length;
  if (configs.length === 0) return '-';
  const held = configs.filter((config) => config.held !== undefined).length;
  const text = `${loaded}/${configs.length} loaded${held > 0 ? `, ${held} held` : ''}`;
  return loaded === configs.length ? text : paint('yellow', text);
}
