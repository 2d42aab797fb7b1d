import type { Command } from 'commander';
import { apiVersion, type HookDocument } from '../../model/documents.ts';
import { Secret } from '../../secret.ts';
import { CliError } from '../cli-error.ts';
import { hookText } from '../hook-text.ts';
import type { Session } from '../session.ts';

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
    .description('print what the Git hosts need: URLs, secrets, where to enter them')
    .option('--json', 'print one JSON document')
    .action(({ json }: Options) => show(session, json === true));
  hook
    .command('install')
    .description('write a post-receive hook into a repository of this machine, so that a push to it reaches windlass')
    .argument('<DIR>', 'the repository that people push to')
    .option('-s, --source <NAME>', 'the repository is this source of windlass.yaml')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON document')
    .action((directory: string, options: Options) => install(session, directory, options));
}

async function show(session: Session, json: boolean): Promise<void> {
  const document = await (await session.client()).get<HookDocument>(['hook']);
  if (json) return session.printJson(document);
  session.print(hookText(document));
}

async function install(session: Session, directory: string, { source = 'config', yes, json }: Options): Promise<void> {
  const secret = secretOf(await (await session.client()).get<HookDocument>(['hook']), source);
  await session.confirm(`write a post-receive hook into ${directory}?`, yes === true);
  const { installPostReceive, missingPrograms } = await import('../../webhooks/post-receive.ts');
  const { url, path: searched } = session.settings();
  const path = await installPostReceive({ directory, url, source, secret });
  const missing = (await missingPrograms(searched)).join(' and ');
  if (missing !== '') session.note(`the hook needs ${missing}, which PATH does not have here: without it no push reaches windlass`);
  if (json) return session.printJson({ apiVersion, path, url });
  session.print(`${path} tells ${url} of every push\n`);
}

/** A repository of this machine is a `standard` one: any other provider's webhooks come from its Git host. */
function secretOf(document: HookDocument, name: string): Secret {
  const found = name === 'config' ? document : document.sources.find((source) => source.name === name);
  if (!found) {
    const known = document.sources.map((source) => source.name).join(', ');
    throw new CliError(`the repository declares no source ${name}; it has ${known || 'none'}`);
  }
  if (found.provider !== 'standard') {
    const setting = name === 'config' ? 'WINDLASS_REPOSITORY_PROVIDER is' : `the provider of source ${name} is`;
    throw new CliError(`${setting} ${found.provider}, whose webhooks come from there: a repository of this machine needs "standard"`);
  }
  if (found.secret !== null) return new Secret(found.secret);
  const variable = `WINDLASS_SOURCE_${name.toUpperCase().replaceAll('-', '_')}_SECRET`;
  throw new CliError(`${variable} is not set at the controller: give it one (openssl rand -base64 32), start it again, and install again`);
}
