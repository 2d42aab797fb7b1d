import type { Command } from 'commander';
import type { RenderDocument } from '../../model/documents.ts';
import { type Target, target } from '../arguments.ts';
import type { Session } from '../session.ts';

/** `windlass render ENV[/APP[/SERVICE]]`. */
export function addRender(program: Command, session: Session): void {
  program
    .command('render')
    .description('print config files as their containers would get them now; secrets read [secret]')
    .argument('<ENV[/APP[/SERVICE]]>', 'whose files', target)
    .option('--json', 'print one JSON document')
    .action(async ({ environment, ...query }: Target, { json }: { json?: true }) => {
      const rendered = await (await session.client()).get<RenderDocument>(['environments', environment, 'render'], query);
      if (json) return session.printJson(rendered);
      if (rendered.files.length === 0) return session.note('no config files');
      for (const { container, target, mode, text } of rendered.files) {
        session.print(
          `${session.paint('bold', `==> ${container}:${target} ${mode}`)}\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}`,
        );
      }
    });
}
