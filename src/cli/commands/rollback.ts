import type { Command } from 'commander';
import type { DeployDocument, RollbackDocument } from '../../model/documents.ts';
import { application, deployment, environment } from '../arguments.ts';
import { author } from '../author.ts';
import { awaitOutcome } from '../await-outcome.ts';
import { CliError } from '../cli-error.ts';
import { endedBefore } from '../follow-deploy.ts';
import { shortCommit } from '../format.ts';
import type { Session } from '../session.ts';
import { applicationText, stepsText } from './plan.ts';

interface Options {
  readonly app?: string;
  readonly to?: string;
  readonly yes?: true;
  readonly wait: boolean;
  readonly json?: true;
}

/** `windlass rollback ENV`. */
export function addRollback(program: Command, session: Session): void {
  program
    .command('rollback')
    .description('go back to an earlier deployment: images, configuration and variables as they were, until something newer is pushed')
    .argument('<ENV>', 'the environment', environment)
    .option('--app <name>', 'only this application; all that the last push moved by default', application)
    .option('--to <deployment>', 'this deployment, as history lists it; the one before by default', deployment)
    .option('-y, --yes', 'do not ask')
    .option('--no-wait', 'do not wait for the outcome')
    .option('--json', 'print one JSON document')
    .action((name: string, options: Options) => rollback(session, name, options));
}

async function rollback(session: Session, environment: string, { app, to, yes, wait, json }: Options): Promise<void> {
  const client = await session.client();
  const shown = await client.get<RollbackDocument>(['environments', environment, 'rollback'], { app, to });
  session.note(rollbackText(shown, session));
  const faulty = shown.apps.filter(({ issues }) => issues.length > 0).map(({ name }) => name);
  if (faulty.length > 0) throw new CliError(`${faulty.join(', ')} cannot be brought back: name another deployment with --to`);
  await session.confirm(`roll back ${shown.apps.map(({ name }) => `${environment}/${name}`).join(', ')}?`, yes === true);
  const before = await endedBefore(client, environment);
  const apps = Object.fromEntries(shown.apps.map(({ name, deployment: id }) => [name, id]));
  const accepted = await client.send<DeployDocument>('POST', ['environments', environment, 'rollback'], { apps, author: author() });
  await awaitOutcome(session, client, { accepted, before, wait, json: json === true });
}

const rollbackText = ({ environment, apps }: RollbackDocument, { notePaint: paint }: Session): string =>
  apps
    .map((app) => {
      const head = `${environment}/${app.name} from ${shortCommit(app.from)} back to ${shortCommit(app.commit)} (deployment ${app.deployment})`;
      return `${head}${app.steps.length === 0 ? `: ${stepsText([app])}` : ''}\n${applicationText(app, paint)}`;
    })
    .join('\n');
