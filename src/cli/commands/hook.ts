import type { Command } from 'commander';
import type { HookDocument } from '../../model/documents.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

/** `windlass hook show`. */
export function addHook(program: Command, session: Session): void {
  const hook = program.command('hook').description('connect the Git host');
  hook
    .command('show')
    .description('print the URL and secret that the Git host needs')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: true }) => {
      const document = await (await session.client()).get<HookDocument>(['hook']);
      if (json) return session.printJson(document);
      const { url, provider, secret } = document;
      session.print(
        columns([
          ['URL', url],
          ['content type', 'application/json'],
          ['provider', provider],
          ['secret', secret],
        ]),
      );
    });
}
