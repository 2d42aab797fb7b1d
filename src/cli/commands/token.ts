import type { Command } from 'commander';
import { apiVersion } from '../../model/documents.ts';
import { findToken } from '../connection.ts';
import type { Session } from '../session.ts';

/** `windlass token`. */
export function addToken(program: Command, session: Session): void {
  program
    .command('token')
    .description('print the token that API and commands sign in with')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: true }) => {
      const token = (await findToken(session.settings())).reveal();
      if (json) return session.printJson({ apiVersion, token });
      session.print(`${token}\n`);
    });
}
