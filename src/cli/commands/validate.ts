import type { Command } from 'commander';
import { apiVersion } from '../../model/documents.ts';
import { exitStatus } from '../cli-error.ts';
import { count } from '../format.ts';
import type { Session } from '../session.ts';

/** `windlass validate [DIR]`. */
export function addValidate(program: Command, session: Session): void {
  program
    .command('validate')
    .description('report all mistakes of a working copy of the repository; needs no controller')
    .argument('[DIR]', 'its folder', '.')
    .option('--json', 'print one JSON document')
    .action(async (folder: string, { json }: { json?: true }) => {
      // Only here: the parsers of YAML, CEL and Dockerfiles would cost every other command a quarter of its time.
      const { validateFolder } = await import('../validate-folder.ts');
      const { issues, lines } = await validateFolder(folder);
      if (json) session.printJson({ apiVersion, issues });
      else session.print(lines.map((line) => `${line}\n`).join(''));
      session.note(issues.length === 0 ? 'no mistakes' : count(issues.length, 'mistake'));
      if (issues.length > 0) session.end(exitStatus.failed);
    });
}
