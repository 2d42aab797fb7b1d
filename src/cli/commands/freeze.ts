import type { Command } from 'commander';
import type { FreezeDocument } from '../../model/documents.ts';
import { environment } from '../arguments.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly yes?: true;
  readonly json?: true;
}

/** `windlass freeze ENV` and `windlass unfreeze ENV`. */
export function addFreeze(program: Command, session: Session): void {
  const add = (name: string, method: 'PUT' | 'DELETE', description: string, done: string) =>
    program
      .command(name)
      .description(description)
      .argument('<ENV>', 'the environment', environment)
      .option('-y, --yes', 'do not ask')
      .option('--json', 'print one JSON document')
      .action(async (environment: string, { yes, json }: Options) => {
        const client = await session.client();
        await session.confirm(`${name} ${environment}?`, yes === true);
        const document = await client.send<FreezeDocument>(method, ['environments', environment, 'freeze']);
        if (json) return session.printJson(document);
        session.print(`${environment} ${done}\n`);
      });
  add('freeze', 'PUT', 'deploy nothing to an environment until it is unfrozen', 'is frozen: pushes are remembered, nothing is deployed');
  add('unfreeze', 'DELETE', 'let an environment deploy again', 'is no longer frozen: what was pushed meanwhile is deployed now');
}
