import type { Command } from 'commander';
import { apiVersion, type HookDocument } from '../../model/documents.ts';
import { Secret } from '../../secret.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

interface Options {
  readonly source?: string;
  readonly yes?: true;
  readonly json?: true;
}

/** `windlass hook show` and `windlass hook install DIR`. */
export function addHook(program: Command, session: Session): void {
  const hook = program.command('hook').description('connect the Git host');
  hook
    .command('show')
    .description('print the URL and secret that the Git host needs')
    .option('--json', 'print one JSON document')
    .action(({ json }: Options) => show(session, json === true));
  hook
    .command('install')
    .description('write a post-receive hook into a repository of this machine, so that a push to it reaches windlass')
    .argument('<DIR>', 'the repository that people push to')
    .option('-s, --source <NAME>', 'the repository is this source of windlass.yaml; its secret is WINDLASS_SOURCE_<NAME>_SECRET')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON document')
    .action((directory: string, options: Options) => install(session, directory, options));
}

async function show(session: Session, json: boolean): Promise<void> {
  const document = await (await session.client()).get<HookDocument>(['hook']);
  if (json) return session.printJson(document);
  const { url, provider, secret } = document;
  const rows = [
    ['URL', url],
    ['content type', 'application/json'],
    ['provider', provider],
    ['secret', secret],
  ];
  session.print(columns(rows));
}

async function install(session: Session, directory: string, { source = 'config', yes, json }: Options): Promise<void> {
  const secret = source === 'config' ? await configSecret(session) : sourceSecret(session, source);
  await session.confirm(`write a post-receive hook into ${directory}?`, yes === true);
  const { installPostReceive } = await import('../../webhooks/post-receive.ts');
  const { url } = session.settings();
  const path = await installPostReceive({ directory, url, source, secret });
  if (json) return session.printJson({ apiVersion, path, url });
  session.print(`${path} tells ${url} of every push\n`);
}

async function configSecret(session: Session): Promise<Secret> {
  const { provider, secret } = await (await session.client()).get<HookDocument>(['hook']);
  if (provider === 'standard') return new Secret(secret);
  throw new CliError(
    `WINDLASS_REPOSITORY_PROVIDER is ${provider}, whose webhooks come from there: a repository of this machine needs "standard"`,
  );
}

function sourceSecret(session: Session, source: string): Secret {
  const [secret] = session.settings().source(source).secrets;
  if (secret) return secret;
  const variable = `WINDLASS_SOURCE_${source.toUpperCase().replaceAll('-', '_')}_SECRET`;
  throw new CliError(`${variable} is not set: give the hook the secret that the controller has for source ${source}`);
}
