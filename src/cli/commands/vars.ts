import { type Command, Option } from 'commander';
import type { VariableChange } from '../../model/variables.ts';
import { type Target, target } from '../arguments.ts';
import {
  type Asked,
  type Assignment,
  assignedValue,
  assignments,
  changePlanText,
  changeVariables,
  planVariables,
  valueKinds,
} from '../change-variables.ts';
import { shortCommit } from '../format.ts';
import { type Author, parseAuthor } from '../git-author.ts';
import type { Session } from '../session.ts';
import { getVariable, listVariables } from '../show-variables.ts';

interface ChangeOptions {
  readonly host?: string;
  readonly compose?: true;
  readonly as: (typeof valueKinds)[number];
  readonly author?: Author;
  readonly message?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** `windlass vars ls|get|set|unset`. */
export function addVars(program: Command, session: Session): void {
  const vars = program.command('vars').description('see where variables come from, and change them in the repository');
  vars
    .command('ls')
    .description('list the variables of an environment: the value in effect, where it is said, and what it hides')
    .argument('<TARGET>', 'ENV, ENV/APP or ENV/APP/SERVICE', target)
    .option('--json', 'print one JSON document')
    .action((named: Target, { json }: { json?: true }) => listVariables(session, named, json === true));
  vars
    .command('get')
    .description('print the value of a variable, and on stderr where it comes from')
    .argument('<TARGET>', 'ENV, ENV/APP or ENV/APP/SERVICE', target)
    .argument('<NAME>', 'the variable')
    .option('--host <name>', 'as containers on this host see it')
    .option('--json', 'print one JSON document')
    .action((named: Target, name: string, options: { host?: string; json?: true }) => getVariable(session, named, name, options));
  withChangeOptions(vars.command('set'))
    .description('write variables, as a commit that is pushed to the branch of the environment')
    .argument('<TARGET>', 'ENV, ENV/APP or ENV/APP/SERVICE', target)
    .argument('<NAME=VALUE...>', 'what to write', assignments)
    .addOption(
      new Option('--as <kind>', 'what VALUE is: a YAML value, text, a formula, or the name of a secret')
        .choices(valueKinds)
        .default('value'),
    )
    .action((named: Target, all: readonly Assignment[], options: ChangeOptions) =>
      change(session, named, options, (rest) => all.map(({ name, text }) => ({ ...rest, name, value: assignedValue(text, options.as) }))),
    );
  withChangeOptions(vars.command('unset'))
    .description('take variables away where they are said, as a commit')
    .argument('<TARGET>', 'ENV, ENV/APP or ENV/APP/SERVICE', target)
    .argument('<NAME...>', 'the variables')
    .action((named: Target, names: readonly string[], options: ChangeOptions) =>
      change(session, named, options, (rest) => names.map((name) => ({ ...rest, name, value: null }))),
    );
}

const withChangeOptions = (command: Command): Command =>
  command
    .option('--host <name>', 'of this host, in windlass.yaml')
    .option('--compose', "in the application's compose.yaml, for every environment of its branch, instead of environments/ENV.yaml")
    .option('--author <"Name <email>">', 'of the commit; as git would name it by default', parseAuthor)
    .option('-m, --message <text>', 'of the commit')
    .option('--dry-run', 'only show what it would do')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON document');

async function change(
  session: Session,
  { environment, app, service }: Target,
  { host, compose, author, message, dryRun, yes, json }: ChangeOptions,
  changesOf: (rest: Omit<VariableChange, 'name' | 'value'>) => readonly VariableChange[],
): Promise<void> {
  const changes = changesOf({
    file: compose ? 'compose' : 'environment',
    ...(app === undefined ? {} : { app }),
    ...(service === undefined ? {} : { service }),
    ...(host === undefined ? {} : { host }),
  });
  const client = await session.client();
  const asked: Asked = { environment, changes, author, message, yes: yes === true };
  if (dryRun) {
    const planned = await planVariables(client, asked);
    return json ? session.printJson(planned) : session.print(changePlanText(planned, session));
  }
  const done = await changeVariables(session, client, asked);
  if (json) return session.printJson(done);
  if (done.diff !== '') session.print(`${shortCommit(done.commit)} on ${done.branch}\n`);
}
