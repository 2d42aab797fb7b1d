import { composeReferences } from '../../repository/compose-references.ts';
import { schemaLine } from './initial-files.ts';

/** The line that has an editor complete a person's own Compose file, `path` of the repository, where it has none. */
export function editorHint(path: string, text: string): string | undefined {
  if (/^# yaml-language-server: /m.test(text)) return undefined;
  return `an editor completes x-windlass in ${path} with this as its first line:\n    ${schemaLine('compose', path).trimEnd()}`;
}

/** How to say what has a program read a changed file, of the first service of a Compose file that has one and does not say so yet. */
export function hotPushHint(bytes: Uint8Array): string | undefined {
  const { configured } = composeReferences(bytes);
  if (configured === undefined) return undefined;
  const { service, config } = configured;
  return `a changed config file is put into the running container and no more (action: none): a program that reads its files
only when it starts goes on with what it read. Say in each service what makes it take effect; of ${config}, for example:
    ${service}:
      x-windlass:
        on_config_change:
          configs: [${config}]
          action: { signal: HUP }   # or { exec: [command, argument] }, or restart`;
}
