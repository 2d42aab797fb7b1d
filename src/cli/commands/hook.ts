import type { Command } from 'commander';
import { apiVersion, type HookDocument } from '../../model/documents.ts';
import { Secret } from '../../secret.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

interface Options {
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

async function install(session: Session, directory: string, { yes, json }: Options): Promise<void> {
  const { provider, secret } = await (await session.client()).get<HookDocument>(['hook']);
  if (provider !== 'standard') {
    throw new CliError(
      `WINDLASS_REPOSITORY_PROVIDER is ${provider}, whose webhooks come from there: a repository of this machine needs "standard"`,
    );
  }
  await session.confirm(`write a post-receive hook into ${directory}?`, yes === true);
  const { installPostReceive } = await import('../../webhooks/post-receive.ts');
  const { url } = session.settings();
  const path = await installPostReceive({ directory, url, source: 'config', secret: new Secret(secret) });
  if (json) return session.printJson({ apiVersion, path, url });
  session.print(`${path} tells ${url} of every push\n`);
}
