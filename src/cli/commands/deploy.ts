import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { DeployDocument, OutcomeDocument, PlanDocument, StatusDocument } from '../../model/documents.ts';
import { application, environment } from '../arguments.ts';
import { CliError, exitStatus } from '../cli-error.ts';
import type { Client } from '../client.ts';
import { createStepReporter, endedBefore, followDeploy, outcomeStatus } from '../follow-deploy.ts';
import { oneLine, shortCommit } from '../format.ts';
import { paintState } from '../paint.ts';
import type { Session } from '../session.ts';
import { planText } from './plan.ts';

interface Options {
  readonly app?: string;
  readonly yes?: true;
  readonly wait: boolean;
  readonly json?: true;
}

/** `windlass deploy ENV`. */
export function addDeploy(program: Command, session: Session): void {
  program
    .command('deploy')
    .description('bring an environment, or one application of it, to what the repository says now, and wait for the outcome')
    .argument('<ENV>', 'the environment', environment)
    .option('--app <name>', 'only this application', application)
    .option('-y, --yes', 'do not ask, and let go what is held because too much of the environment would be removed')
    .option('--no-wait', 'do not wait for the outcome')
    .option('--json', 'print one JSON document')
    .action((name: string, options: Options) => deploy(session, name, options));
}

async function deploy(session: Session, environment: string, { app, yes, wait, json }: Options): Promise<void> {
  const client = await session.client();
  const agreed = await agree(session, client, { environment, app, yes: yes === true });
  const before = await endedBefore(client, environment);
  const request = { app, author: author(), removals: agreed };
  const accepted = await client.send<DeployDocument>('POST', ['environments', environment, 'deploy'], request);
  if (!wait) {
    if (json) return session.printJson(accepted);
    return session.print(accepted.apps.map((name) => `${environment}/${name} is being deployed\n`).join(''));
  }
  const outcome = await follow(session, client, { ...accepted, before });
  if (!outcome) return;
  if (json) session.printJson(outcome);
  else session.print(outcomeText(outcome, session));
  session.end(outcomeStatus(outcome));
}

/** Shows on a terminal what would happen before it asks. The commit that was agreed to, with all that it removes; undefined: nobody was asked. */
async function agree(
  session: Session,
  client: Client,
  asked: { environment: string; app: string | undefined; yes: boolean },
): Promise<string | undefined> {
  const { environment, app, yes } = asked;
  if (yes) return (await client.get<StatusDocument>(['status'])).environments.find(({ name }) => name === environment)?.wanted ?? undefined;
  if (!session.io.stdin.isTTY) return undefined;
  const plan = await client.get<PlanDocument>(['environments', environment, 'plan']);
  const apps = plan.apps.filter(({ name }) => app === undefined || name === app);
  session.note(planText({ ...plan, apps }, session.paint));
  await session.confirm(`deploy ${app === undefined ? environment : `${environment}/${app}`}?`, yes);
  return plan.commit;
}

async function follow(
  session: Session,
  client: Client,
  followed: DeployDocument & { readonly before: ReadonlySet<string> },
): Promise<OutcomeDocument | undefined> {
  const interrupted = session.io.interrupted();
  try {
    return await followDeploy(client, followed, createStepReporter(session.paint, session.note), interrupted);
  } catch (error) {
    if (!interrupted.aborted) {
      if (error instanceof CliError && error.answer !== undefined) session.note('windlass: the deployment was accepted and goes on');
      throw error;
    }
    session.note(`windlass: no longer following; the deployment goes on (windlass history --environment ${followed.environment})`);
    session.end(exitStatus.interrupted);
    return undefined;
  }
}

const outcomeText = ({ environment, apps }: OutcomeDocument, { paint }: Session): string =>
  apps
    .map(({ name, state, wanted, deployed, message }) => {
      const said = oneLine(message);
      const commit = shortCommit(state === 'deployed' ? deployed : wanted);
      return `${environment}/${name} ${paintState(paint, state)} at ${commit}${said === '' ? '' : `: ${said}`}\n`;
    })
    .join('');

/** Who asked, for the history: the user of this machine, where it has a name. */
function author(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
