import type { DeploymentRecord, StepRecord } from '../../model/deployment.ts';
import type { LogLine } from '../../model/documents.ts';
import { type Html, html } from './html.ts';
import { badge, duration, moment, page, shortCommit, table, tookMs } from './page.ts';

/** The end of a log. */
export interface LogTail {
  readonly lines: readonly LogLine[];
  /** How many lines are before them. */
  readonly before: number;
}

const whileRunning = { seconds: 3 };

/** What a deployment is, how it stands, why each of its steps is, what failed and what was printed. */
export function deploymentPage(deployment: DeploymentRecord, log: LogTail): Html {
  const { id, environment, app, state, message, steps, finishedAt } = deployment;
  return page({
    title: `${environment}/${app} ${state}`,
    path: `/deployments/${id}`,
    signedIn: true,
    again: finishedAt === undefined ? whileRunning : undefined,
    body: html`<section>
<h1>${environment}/${app} ${badge(state)}</h1>
<p class="about">${about(deployment)}</p>
${message === '' ? '' : html`<pre class="said">${message}</pre>`}
</section>
<section><h2>Steps</h2>
${steps.length === 0 ? html`<p>None.</p>` : stepsTable(steps)}
${steps.map(errorOf)}</section>
<section><h2>Log</h2>
${logText(id, log)}</section>`,
  });
}

const about = ({ id, commit, sources = {}, trigger, restores, startedAt, ...rest }: DeploymentRecord): Html => {
  const from = Object.entries(sources).map(([name, at]) => html`, ${name} ${shortCommit(at)}`);
  const back = restores === undefined ? '' : html` to <a href="${encodeURIComponent(restores)}">${restores}</a>`;
  const took = tookMs({ startedAt, ...rest });
  return html`${id} · ${shortCommit(commit)}${from} · by ${trigger}${back} · ${moment(startedAt)}${took === undefined ? '' : ` · took ${duration(took)}`}`;
};

const stepsTable = (steps: readonly StepRecord[]): Html =>
  table(
    ['step', 'name', 'host', 'state', 'took', 'reason'],
    steps.map(({ kind, name, host, state, ms, reason }) => [kind, name, host, badge(state), duration(ms), reason]),
  );

const errorOf = ({ kind, name, error }: StepRecord): Html =>
  error === undefined ? html`` : html`<h3>${kind} ${name}</h3>\n<pre class="said">${error}</pre>\n`;

function logText(id: string, { lines, before }: LogTail): Html {
  if (lines.length === 0) return html`<p>Nothing was printed.</p>`;
  const path = `${encodeURIComponent(id)}/log`;
  return html`<p class="about">${before === 0 ? '' : `${before} lines before these; `}<a href="${path}">all of it as text</a></p>
<pre class="log">${lines.map((line) => html`<i>${line.at.slice(11, 19)}</i> <b>${line.step}</b> ${line.line}\n`)}</pre>`;
}
