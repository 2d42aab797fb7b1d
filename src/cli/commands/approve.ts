import type { Command } from 'commander';
import type { ApprovalDocument, DeployDocument } from '../../model/documents.ts';
import { application, environment } from '../arguments.ts';
import { author } from '../author.ts';
import { awaitOutcome } from '../await-outcome.ts';
import { CliError } from '../cli-error.ts';
import { endedBefore } from '../follow-deploy.ts';
import { oneLine } from '../format.ts';
import type { Session } from '../session.ts';
import { fileText } from './diff.ts';
import { planText } from './plan.ts';

interface Options {
  readonly app?: string;
  readonly yes?: true;
  readonly wait: boolean;
  readonly json?: true;
}

/** `windlass approve ENV`. */
export function addApprove(program: Command, session: Session): void {
  program
    .command('approve')
    .description('show what waits for approval in an environment, agree to that very plan, and wait for the outcome')
    .argument('<ENV>', 'the environment', environment)
    .option('--app <name>', 'only this application', application)
    .option('-y, --yes', 'do not ask')
    .option('--no-wait', 'do not wait for the outcome')
    .option('--json', 'print one JSON document')
    .action((name: string, options: Options) => approve(session, name, options));
}

async function approve(session: Session, environment: string, { app, yes, wait, json }: Options): Promise<void> {
  const client = await session.client();
  const shown = await client.get<ApprovalDocument>(['environments', environment, 'approval'], { app });
  const name = app === undefined ? environment : `${environment}/${app}`;
  if (shown.apps.length === 0) {
    session.note(`windlass: nothing of ${name} waits for approval`);
    if (json) session.printJson({ apiVersion: shown.apiVersion, environment, apps: [] } satisfies DeployDocument);
    return;
  }
  session.note(approvalText(shown, session));
  const faulty = shown.apps.filter(({ issues }) => issues.length > 0).map((one) => one.name);
  if (faulty.length > 0) throw new CliError(`${faulty.join(', ')} cannot be approved while there are issues: correct them and push`);
  await session.confirm(`approve ${name} at ${shown.commit.slice(0, 7)}?`, yes === true);
  const before = await endedBefore(client, environment);
  const apps = Object.fromEntries(shown.apps.map(({ name: one, digest }) => [one, digest]));
  const accepted = await client.send<DeployDocument>('POST', ['environments', environment, 'approve'], { apps, author: author() });
  await awaitOutcome(session, client, { accepted, before, wait, json: json === true });
}

/** The plan and the diffs; images are built beforehand, which a person should know. */
function approvalText(document: ApprovalDocument, { notePaint: paint }: Session): string {
  const earlier = document.apps.flatMap(({ name, approval }) =>
    approval?.void === undefined ? [] : [`${name}: the approval by ${approval.by} at ${approval.at} is void: ${oneLine(approval.void)}\n`],
  );
  const builds = document.apps.some(({ steps }) => steps.some(({ kind }) => kind === 'build-image'));
  const ahead = builds ? '\nImages are built beforehand; nothing else is touched until it is approved.\n' : '';
  return [
    planText(document, paint),
    ...(earlier.length > 0 ? ['\n', ...earlier] : []),
    ahead,
    ...(document.files.length > 0 ? ['\n', ...document.files.map((file) => fileText(file, paint))] : []),
  ].join('');
}
