import type { Argument, Command, Option } from 'commander';
import type { exitStatus } from '../src/cli/cli-error.ts';

type Statuses = typeof exitStatus;

/** What each status means; the compiler asks for a line when one is added. */
const meanings: Readonly<Record<keyof Statuses, string>> = {
  done: 'done; for commands that only read, whatever they show',
  failed: 'failed: the message on stderr says what, on what, and what to do',
  wrongUse: 'wrong use: an unknown command or option, a missing or malformed argument',
  changes: '`plan --detailed-exitcode` only: there is something to do',
  rolledBack:
    'commands that wait for an outcome (`deploy`, `approve`, `rollback`, `canary continue`, `canary abort`): it failed, and what was there before is back',
  interrupted: 'Ctrl-C while following: the deployment goes on',
};

/** `docs/cli.md` of a program as commander knows it. */
export function cliReference(program: Command, statuses: Statuses): string {
  const commands = acting(program);
  return `${[
    '# Commands',
    'Generated from the program by `npm run docs`; `windlass help COMMAND` says the same.',
    `${program.description()} Data goes to stdout, everything else to stderr. Commands that change something ask on a terminal and take \`--yes\`. \`--json\` prints one document with \`"apiVersion": "windlass/v1"\`. Where the controller is and with which token comes from [the settings](configuration.md#settings).`,
    table(
      ['command', 'what it does'],
      commands.map((command) => [`[\`${usage(command)}\`](#${anchor(nameOf(command))})`, command.description()]),
    ),
    '## Exit status',
    table(
      ['status', 'meaning'],
      Object.entries(meanings).map(([name, meaning]) => [String(statuses[name as keyof Statuses]), meaning]),
    ),
    ...commands.flatMap(section),
  ].join('\n\n')}\n`;
}

/** The commands that do something, in the order of the program's help. */
const acting = (command: Command): readonly Command[] => [...(acts(command) ? [command] : []), ...command.commands.flatMap(acting)];

/** A command above others does something itself where it takes options or arguments, as `windlass hosts` does. */
const acts = ({ commands, parent, options, registeredArguments }: Command): boolean =>
  commands.length === 0 || (parent !== null && options.length + registeredArguments.length > 0);

const nameOf = (command: Command): string => (command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name());

const usage = (command: Command): string =>
  [nameOf(command), ...command.registeredArguments.map(written), command.options.length > 0 ? '[options]' : '']
    .filter((part) => part !== '')
    .join(' ');

function written(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** As GitHub and GitLab make one of a heading of plain words. */
const anchor = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');

function section(command: Command): readonly string[] {
  const rows = [
    ...command.registeredArguments.map((argument) => [`\`${written(argument)}\``, explained(argument)]),
    ...command.options.filter(({ hidden }) => !hidden).map((option) => [`\`${option.flags}\``, explained(option)]),
  ];
  return [
    `## ${nameOf(command)}`,
    `${sentence(command.description())}`,
    `\`\`\`\n${usage(command)}\n\`\`\``,
    ...(rows.length > 0 ? [table(['argument or option', 'meaning'], rows)] : []),
  ];
}

function explained({ description, defaultValue, argChoices }: Argument | Option): string {
  const choices = argChoices ? `; one of ${argChoices.join(', ')}` : '';
  const fallback = defaultValue === undefined || typeof defaultValue === 'boolean' ? '' : `; ${String(defaultValue)} by default`;
  return `${description}${choices}${fallback}`;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Outside of code a `<NAME>` would be taken for HTML. */
const cell = (text: string): string =>
  text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('`')
    .replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
