import type { Command } from 'commander';
import { apiVersion } from '../../model/documents.ts';
import { exitStatus } from '../cli-error.ts';
import { count, printable } from '../format.ts';
import type { Paint } from '../paint.ts';
import type { Session } from '../session.ts';

/** `windlass validate [DIR]`. */
export function addValidate(program: Command, session: Session): void {
  program
    .command('validate')
    .description('report all mistakes of a working copy of the repository; needs no controller')
    .argument('[DIR]', 'its folder', '.')
    .option('--json', 'print one JSON document')
    .action(async (folder: string, { json }: { json?: true }) => {
      // Only here: the planning thread's code would cost every other command a quarter of its time.
      const { formatQuoted, validateFolder } = await import('../validate-folder.ts');
      const issues = await validateFolder(folder);
      if (json) session.printJson({ apiVersion, issues });
      else for (const issue of issues) session.print(printIssue(formatQuoted(issue), session.paint));
      session.note(issues.length === 0 ? 'no mistakes' : count(issues.length, 'mistake'));
      if (issues.length > 0) session.end(exitStatus.failed);
    });
}

/** The sentence bold, the caret in red, the quoted line as it is. */
function printIssue([sentence = '', line, caret]: readonly string[], paint: Paint): string {
  const quoted = line === undefined || caret === undefined ? [] : [paint('dim', printable(line)), paint('red', caret)];
  return [paint('bold', printable(sentence)), ...quoted].map((text) => `${text}\n`).join('');
}
