import type { Command } from 'commander';
import type { DiffDocument, FileDifference } from '../../model/documents.ts';
import { environment } from '../arguments.ts';
import { diffText } from '../diff-text.ts';
import { oneLine } from '../format.ts';
import type { Paint } from '../paint.ts';
import type { Session } from '../session.ts';

/** `windlass diff ENV`. */
export function addDiff(program: Command, session: Session): void {
  program
    .command('diff')
    .description('show how config files in containers differ from what they should be')
    .argument('<ENV>', 'the environment', environment)
    .option('--json', 'print one JSON document')
    .action(async (name: string, { json }: { json?: true }) => {
      const document = await (await session.client()).get<DiffDocument>(['environments', name, 'diff']);
      if (json) return session.printJson(document);
      if (document.files.length + document.mistakes.length === 0) return session.note('no config file differs');
      for (const file of document.files) session.print(fileText(file, session.paint));
      for (const { name: app, issues } of document.mistakes)
        session.note(`${name}/${app} cannot be rendered as it is declared now:\n${issues.map((issue) => `  ${issue}`).join('\n')}`);
    });
}

/** One file's unified diff, under the containers that it is for and what stands before it. */
export function fileText({ containers, target, diff, withheld }: FileDifference, paint: Paint): string {
  const head = paint('bold', `==> ${target} in ${inContainers(containers)}`);
  const why = withheld === undefined ? '' : `${paint('yellow', `withheld: ${oneLine(withheld)}`)}\n`;
  return `${head}\n${why}${diffText(diff, paint)}`;
}

const fewNames = 3;

/** The names of a few, of many their number and the first and last. */
const inContainers = (names: readonly string[]): string =>
  names.length > fewNames ? `${names.length} containers (${names[0]} … ${names.at(-1)})` : names.join(', ');
