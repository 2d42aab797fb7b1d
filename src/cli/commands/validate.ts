import type { Command } from 'commander';
import { apiVersion } from '../../model/documents.ts';
import { formatIssue, sortIssues } from '../../repository/issues.ts';
import { validateRepository } from '../../repository/validate-repository.ts';
import { exitStatus } from '../cli-error.ts';
import { compileDeclarations } from '../compile-declarations.ts';
import { count } from '../format.ts';
import type { Session } from '../session.ts';
import { readWorkingFolder } from '../working-folder.ts';

/** `windlass validate [DIR]`. */
export function addValidate(program: Command, session: Session): void {
  program
    .command('validate')
    .description('report all mistakes of a working copy of the repository; needs no controller')
    .argument('[DIR]', 'its folder', '.')
    .option('--json', 'print one JSON document')
    .action(async (folder: string, { json }: { json?: true }) => {
      const tree = await readWorkingFolder(folder);
      const issues = sortIssues([...validateRepository({ tree }), ...compileDeclarations(tree)]);
      if (json) session.printJson({ apiVersion, issues });
      else session.print(issues.map((issue) => `${formatIssue(issue)}\n`).join(''));
      session.note(issues.length === 0 ? 'no mistakes' : count(issues.length, 'mistake'));
      if (issues.length > 0) session.end(exitStatus.failed);
    });
}
