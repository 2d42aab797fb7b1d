import type { Command } from 'commander';
import type { DeployDocument, PlanDocument } from '../../model/documents.ts';
import { application, container, environment, service } from '../arguments.ts';
import { author } from '../author.ts';
import { awaitOutcome } from '../await-outcome.ts';
import { type Assignment, assignedValue, assignments, changeVariables } from '../change-variables.ts';
import { wrongUse } from '../cli-error.ts';
import type { Client } from '../client.ts';
import { endedBefore } from '../follow-deploy.ts';
import { shortCommit } from '../format.ts';
import { type Author, parseAuthor } from '../git-author.ts';
import type { Session } from '../session.ts';
import { planText } from './plan.ts';

interface Options {
  readonly app?: string;
  readonly service?: string;
  readonly container?: string;
  readonly set?: readonly Assignment[];
  readonly author?: Author;
  readonly message?: string;
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
    .option('--app <name>', 'only this application; what comes in with it leaves the others where they are', application)
    .option('--service <name>', 'limit the application to this service: nothing new reaches the others until a deploy without it', service)
    .option('--container <name>', 'limit it to this container, as status names it', container)
    .option(
      '--set <NAME=VALUE>',
      'first write this variable into the repository, for the environment or the application; may be repeated',
      assignments,
    )
    .option('--author <"Name <email>">', 'of the commit that --set makes; as git would name it by default', parseAuthor)
    .option('-m, --message <text>', 'of that commit')
    .option('-y, --yes', 'do not ask, and let go what is held because too much of the environment would be removed')
    .option('--no-wait', 'do not wait for the outcome')
    .option('--json', 'print one JSON document')
    .action((name: string, options: Options) => deploy(session, name, options));
}

async function deploy(session: Session, environment: string, options: Options): Promise<void> {
  const { app, yes, wait, json, ...rest } = options;
  const limit = limitOf(options);
  const client = await session.client();
  if (rest.set !== undefined && (await deployWith(session, client, environment, { ...options, set: rest.set }))) return;
  const agreed = await agree(session, client, { environment, app, ...limit, yes: yes === true });
  const before = await endedBefore(client, environment);
  const request = { app, ...limit, author: author(), removals: agreed };
  const accepted = await client.send<DeployDocument>('POST', ['environments', environment, 'deploy'], request);
  await awaitOutcome(session, client, { accepted, before, wait, json: json === true });
}

/** Wrong use where it is not one application's, or where the variables of --set would reach the others too. */
function limitOf({ app, service, container, set }: Options): Pick<Options, 'service' | 'container'> {
  if (service === undefined && container === undefined) return {};
  if (app === undefined) throw wrongUse('--service and --container are of one application: name it with --app');
  if (set !== undefined) throw wrongUse('--set commits for the whole application: leave --service and --container away');
  return { ...(service === undefined ? {} : { service }), ...(container === undefined ? {} : { container }) };
}

/** Commits the variables, which deploys them, and awaits that; false: they are so already. */
async function deployWith(
  session: Session,
  client: Client,
  environment: string,
  { app, set, author, message, yes, wait, json }: Options & { readonly set: readonly Assignment[] },
): Promise<boolean> {
  const of = app === undefined ? {} : { app };
  const changes = set.map(({ name, text }) => ({ ...of, name, value: assignedValue(text, 'value'), file: 'environment' as const }));
  const before = await endedBefore(client, environment);
  const { apiVersion, diff, commit, branch, environments } = await changeVariables(session, client, {
    environment,
    changes,
    author,
    message,
    yes: yes === true,
    alone: app,
  });
  if (diff === '') return false;
  session.note(`${shortCommit(commit)} on ${branch}`);
  const moved = environments.find(({ name }) => name === environment)?.apps ?? [];
  const accepted = { apiVersion, environment, apps: moved.filter((name) => app === undefined || name === app) };
  await awaitOutcome(session, client, { accepted, before, wait, json: json === true });
  return true;
}

/**
 * Shows on a terminal what would happen before it asks. What was agreed to, with all that it removes: a commit, or `newest`; undefined:
 * nobody was asked.
 */
async function agree(
  session: Session,
  client: Client,
  asked: { environment: string; app: string | undefined; service?: string; container?: string; yes: boolean },
): Promise<string | undefined> {
  const { environment, app, service, container, yes } = asked;
  if (yes) return 'newest';
  if (!session.io.stdin.isTTY) return undefined;
  const plan = await client.get<PlanDocument>(['environments', environment, 'plan'], { app, service, container, fresh: 'true' });
  session.note(planText(plan, session.notePaint));
  await session.confirm(`deploy ${app === undefined ? environment : `${environment}/${app}`}?`, yes);
  return plan.commit;
}
