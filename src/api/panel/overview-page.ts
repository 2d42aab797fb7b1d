import type { DeploymentRecord } from '../../model/deployment.ts';
import type { ApplicationStatus, EnvironmentStatus, HostStatus, StatusDocument } from '../../model/status-documents.ts';
import { type Html, html } from './html.ts';
import { badge, duration, moment, page, shortCommit, table, tookMs } from './page.ts';

const whileMoving = { seconds: 5 };

/** Every environment, the hosts and the newest deployments. */
export function overviewPage(
  { environments, hosts }: Pick<StatusDocument, 'environments' | 'hosts'>,
  deployments: readonly DeploymentRecord[],
): Html {
  const moving = environments.some(({ state }) => state === 'deploying') || deployments.some(({ finishedAt }) => finishedAt === undefined);
  return page({
    title: 'windlass',
    path: '/',
    signedIn: true,
    again: moving ? whileMoving : undefined,
    body: html`${environments.map(environmentSection)}
${environments.length === 0 ? html`<section><h1>No environments</h1><p>windlass.yaml declares none, or has not been read yet.</p></section>` : ''}
<section><h2>Deployments</h2>
${deployments.length === 0 ? html`<p>None yet.</p>` : deploymentsTable(deployments)}</section>
<section><h2>Hosts</h2>
${hosts.length === 0 ? html`<p>No agent has told of itself yet.</p>` : hostsTable(hosts)}</section>`,
  });
}

const environmentSection = ({ name, state, wanted, deployed, message, freeze, apps, images }: EnvironmentStatus): Html => html`<section>
<h1>${name} ${badge(state)}${freeze ? badge('frozen') : ''}</h1>
<p class="about">wanted ${shortCommit(wanted)}, deployed ${shortCommit(deployed)}</p>
${message === '' ? '' : html`<p class="message">${message}</p>`}
${images ? html`<p class="message">images that no application waits for: ${badge(images.state)} ${images.message} <a href="${deploymentLink(images.deployment)}">its log</a></p>` : ''}
${apps.length === 0 ? '' : table(['application', 'state', 'wanted', 'deployed', 'containers', ''], apps.map(applicationRow))}
</section>
`;

const applicationRow = (app: ApplicationStatus) => [
  app.name,
  html`${badge(app.state)}${app.freeze ? badge('frozen') : ''}`,
  shortCommit(app.wanted),
  shortCommit(app.deployed),
  containersText(app),
  html`<span class="message">${app.message}</span>`,
];

/** `3 running, 1 exited`; what a healthcheck has to say in the same way. */
function containersText({ services }: ApplicationStatus): string {
  const all = services.flatMap(({ containers }) => containers);
  const words = all.flatMap(({ state, health }) => [state, ...(health === 'unhealthy' || health === 'starting' ? [health] : [])]);
  return [...new Set(words)].map((word) => `${words.filter((one) => one === word).length} ${word}`).join(', ');
}

const deploymentsTable = (deployments: readonly DeploymentRecord[]): Html =>
  table(
    ['deployment', 'application', 'commit', 'by', 'state', 'started', 'took', ''],
    deployments.map((deployment) => [
      html`<a href="${deploymentLink(deployment.id)}">${deployment.id}</a>`,
      `${deployment.environment}/${deployment.app}`,
      shortCommit(deployment.commit),
      deployment.trigger,
      badge(deployment.state),
      moment(deployment.startedAt),
      duration(tookMs(deployment)),
      html`<span class="message">${deployment.message}</span>`,
    ]),
  );

const hostsTable = (hosts: readonly HostStatus[]): Html =>
  table(
    ['host', 'state', 'last seen', 'engine'],
    hosts.map(({ name, state, lastSeen, engine }) => [name, badge(state), moment(lastSeen), engine]),
  );

const deploymentLink = (id: string): string => `deployments/${encodeURIComponent(id)}`;
