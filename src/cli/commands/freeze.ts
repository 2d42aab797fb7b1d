import type { Command } from 'commander';
import type { FreezeDocument } from '../../model/documents.ts';
import { application, environment } from '../arguments.ts';
import { author } from '../author.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly app?: string;
  readonly yes?: true;
  readonly json?: true;
}

/** `windlass freeze ENV [REASON]` and `windlass unfreeze ENV`. */
export function addFreeze(program: Command, session: Session): void {
  const add = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<ENV>', 'the environment', environment)
      .option('--app <name>', 'only this application', application)
      .option('-y, --yes', 'do not ask')
      .option('--json', 'print one JSON document');
  add('freeze', 'deploy nothing new to an environment until it is unfrozen')
    .argument('[REASON...]', 'why, for whoever looks at the status')
    .action((environment: string, reason: readonly string[], options: Options) =>
      change(session, environment, options, { name: 'freeze', method: 'PUT', reason: reason.join(' ') }),
    );
  add('unfreeze', 'let an environment deploy again').action((environment: string, options: Options) =>
    change(session, environment, options, { name: 'unfreeze', method: 'DELETE' }),
  );
}

interface Change {
  readonly name: string;
  readonly method: 'PUT' | 'DELETE';
  readonly reason?: string;
}

async function change(session: Session, environment: string, { app, yes, json }: Options, { name, method, reason }: Change): Promise<void> {
  const client = await session.client();
  const subject = app === undefined ? environment : `${environment}/${app}`;
  await session.confirm(`${name} ${subject}?`, yes === true);
  const document = await client.send<FreezeDocument>(method, ['environments', environment, 'freeze'], { app, reason, author: author() });
  if (json) return session.printJson(document);
  const done = document.frozen
    ? 'is frozen: pushes are remembered, nothing new is deployed'
    : 'is no longer frozen: what was pushed meanwhile is deployed now';
  session.print(`${subject} ${done}\n`);
}
