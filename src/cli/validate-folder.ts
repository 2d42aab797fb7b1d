import type { Issue } from '../model/application.ts';
import { formatIssue, sortIssues } from '../repository/issues.ts';
import { validateRepository } from '../repository/validate-repository.ts';
import { compileDeclarations } from './compile-declarations.ts';
import { readWorkingFolder } from './working-folder.ts';

/** All mistakes of a folder with a repository's files, sorted; `lines` as compilers write them. */
export async function validateFolder(folder: string): Promise<{ readonly issues: readonly Issue[]; readonly lines: readonly string[] }> {
  const tree = await readWorkingFolder(folder);
  const issues = sortIssues([...validateRepository({ tree }), ...compileDeclarations(tree)]);
  return { issues, lines: issues.map(formatIssue) };
}
