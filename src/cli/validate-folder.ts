import type { Issue } from '../model/application.ts';
import { formatIssue } from '../repository/issues.ts';
import { createPlanner } from '../workers/planner.ts';
import { readWorkingFolder } from './working-folder.ts';

/** A mistake with the line on which it stands; undefined where that line is nobody's to see again or is not there. */
export interface QuotedIssue extends Issue {
  readonly source: string | undefined;
}

/** All mistakes of a folder with a repository's files, sorted. Ends with an error where a formula or file takes too long. */
export async function validateFolder(folder: string): Promise<readonly QuotedIssue[]> {
  const tree = await readWorkingFolder(folder);
  const planner = createPlanner();
  try {
    const { issues } = await planner.ask({ kind: 'validate', tree });
    const lines = new Map<string, readonly string[]>();
    return issues.map((issue) => {
      const known = lines.get(issue.file) ?? linesOf(issue.file, tree.files.get(issue.file));
      lines.set(issue.file, known);
      return { ...issue, source: known[issue.line - 1] };
    });
  } finally {
    await planner.close();
  }
}

/** Files of variables hold what people would not want in the log of a pipeline. */
function linesOf(file: string, bytes: Uint8Array | undefined): readonly string[] {
  return bytes === undefined || !/\.(?:ya?ml|mustache)$/.test(file) ? [] : new TextDecoder().decode(bytes).split(/\r?\n/);
}

/** Wider lines are cut around the mistake. */
const widest = 120;

/** `file:line:column: message`, then the line itself and a caret under the mistake, as compilers write it. */
export function formatQuoted(issue: QuotedIssue): readonly string[] {
  const { source, column, line } = issue;
  if (source === undefined || source.trim() === '') return [formatIssue(issue)];
  const from = column > widest ? column - 40 : 0;
  const shown = source.slice(from, from + widest).replaceAll('\t', ' ');
  const margin = String(line).padStart(5);
  return [formatIssue(issue), `${margin} | ${shown}`, `${' '.repeat(margin.length)} | ${' '.repeat(column - 1 - from)}^`];
}
