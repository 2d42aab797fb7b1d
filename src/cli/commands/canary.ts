import type { Command } from 'commander';
import type { ApplicationCanary, CanaryDocument, DeployDocument } from '../../model/documents.ts';
import { application, environment } from '../arguments.ts';
import { author } from '../author.ts';
import { awaitOutcome } from '../await-outcome.ts';
import { CliError } from '../cli-error.ts';
import { endedBefore, isDecided } from '../follow-deploy.ts';
import { shortCommit, shortTime } from '../format.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly app?: string;
  readonly yes?: true;
  readonly wait: boolean;
  readonly json?: true;
}

/** `windlass canary continue ENV` and `windlass canary abort ENV`. */
export function addCanary(program: Command, session: Session): void {
  const canary = program.command('canary').description('say what becomes of the canaries that stand in an environment');
  const add = (decision: 'continue' | 'abort', description: string) =>
    canary
      .command(decision)
      .description(description)
      .argument('<ENV>', 'the environment', environment)
      .option('--app <name>', 'only this application', application)
      .option('-y, --yes', 'do not ask')
      .option('--no-wait', 'do not wait for the outcome')
      .option('--json', 'print one JSON document')
      .action((name: string, options: Options) => decide(session, name, decision, options));
  add('continue', 'let the other containers follow, and wait for the outcome');
  add('abort', 'bring the canaries back to what is deployed until something newer is pushed, and wait for the outcome');
}

async function decide(session: Session, environment: string, decision: 'continue' | 'abort', options: Options): Promise<void> {
  const { app, yes, wait, json } = options;
  const client = await session.client();
  const shown = await client.get<CanaryDocument>(['environments', environment, 'canary'], { app });
  const subject = app === undefined ? environment : `${environment}/${app}`;
  if (shown.apps.length === 0) throw new CliError(`no canary of ${subject} stands: windlass status says how it is`);
  for (const one of shown.apps) session.note(canaryText(environment, one));
  await session.confirm(
    decision === 'continue' ? `let the others follow in ${subject}?` : `take the canaries of ${subject} back?`,
    yes === true,
  );
  const before = await endedBefore(client, environment);
  const apps = Object.fromEntries(shown.apps.map(({ name, commit }) => [name, commit]));
  const accepted = await client.send<DeployDocument>('POST', ['environments', environment, 'canary'], { apps, decision, author: author() });
  await awaitOutcome(session, client, { accepted, before, wait, json: json === true, isDone: isDecided });
}

function canaryText(environment: string, { name, commit, deployed, since, until, services }: ApplicationCanary): string {
  const first = services.map(({ containers, of }) => `${containers.join(', ')} of ${of}`).join('; ');
  const when = until === null ? '' : `; they follow at ${shortTime(until)}`;
  return `${environment}/${name}: ${first} at ${shortCommit(commit)} since ${shortTime(since)}, the others at ${shortCommit(deployed)}${when}`;
}
