import type { PlacedValue, VariableEntry, VariablesDocument } from '../model/variables.ts';
import { variableText } from '../repository/variable-text.ts';
import type { Target } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { oneLine } from './format.ts';
import type { Session } from './session.ts';
import { table } from './table.ts';

/** Every variable, one row for all services of an application that have it from the same place. */
export async function listVariables(session: Session, { environment, app, service }: Target, json: boolean): Promise<void> {
  const document = await read(session, environment, { app, service });
  if (json) return session.printJson(document);
  for (const issue of document.issues) session.note(oneLine(issue));
  if (document.variables.length === 0) return session.note('no variables');
  session.print(variablesTable(document.variables));
}

interface GetOptions {
  readonly host?: string;
  readonly json?: true;
}

/** The value alone, where it is the same for all that was asked about. */
export async function getVariable(
  session: Session,
  { environment, app, service }: Target,
  variable: string,
  options: GetOptions,
): Promise<void> {
  const document = await read(session, environment, { app, service, variable });
  if (options.json) return session.printJson(document);
  const entries = forHost(document.variables, options.host);
  const [first, ...others] = entries.filter((entry, index) => entries.findIndex((other) => sameValue(other, entry)) === index);
  if (!first)
    throw new CliError(`${variable} is only said for ${document.variables.map(({ host }) => host).join(', ')}: choose with --host`);
  if (others.length > 0) {
    throw new CliError(`${variable} is not the same everywhere: choose ENV/APP/SERVICE`, { output: variablesTable(document.variables) });
  }
  session.print(`${variableText(first.value)}\n`);
  session.note(`from ${placeText(first)}${first.hides.map((hidden) => `, over ${hiddenText(hidden)}`).join('')}`);
}

const read = (session: Session, environment: string, query: { app: string | undefined; service: string | undefined; variable?: string }) =>
  session.client().then((client) => client.get<VariablesDocument>(['environments', environment, 'variables'], query));

function forHost(entries: readonly VariableEntry[], host: string | undefined): readonly VariableEntry[] {
  if (host === undefined) return entries.filter((entry) => entry.host === null);
  const own = entries.filter((entry) => entry.host === host);
  const others = entries.filter(
    (entry) => entry.host === null && !own.some((one) => one.app === entry.app && one.service === entry.service && one.name === entry.name),
  );
  return [...own, ...others];
}

const sameValue = (a: VariableEntry, b: VariableEntry): boolean => JSON.stringify(a.value) === JSON.stringify(b.value);

function variablesTable(entries: readonly VariableEntry[]): string {
  const groups = new Map<string, VariableEntry[]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.app, entry.host, entry.name, entry.file, entry.line, entry.hides]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const servicesOf = (app: string) => new Set(entries.filter((entry) => entry.app === app).map(({ service }) => service)).size;
  const rows = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const scope = group.length === servicesOf(first.app) ? first.app : `${first.app}/${group.map(({ service }) => service).join(',')}`;
    const where = first.host === null ? scope : `${scope} on ${first.host}`;
    return [[where, first.name, oneLine(variableText(first.value)), placeText(first), first.hides.map(hiddenText).join(', ') || '-']];
  });
  return table(['OF', 'NAME', 'VALUE', 'FROM', 'HIDES'], rows);
}

const placeText = ({ file, line, level }: PlacedValue): string => `${file}:${line} (${level.replace('-', ', ')})`;
const hiddenText = (hidden: PlacedValue): string => `${oneLine(variableText(hidden.value))} of ${hidden.file}:${hidden.line}`;
