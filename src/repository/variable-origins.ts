import type { Constant, Issue, Variable } from '../model/application.ts';
import type { Tree } from '../model/image.ts';
import { type PlacedValue, type VariableEntry, type VariableLevel, type VariableValue, variableLevels } from '../model/variables.ts';
import { createIssues, type Issues } from './issues.ts';
import { composeFiles } from './read-application.ts';
import { type Cursor, cursor, isNull } from './reader.ts';
import { child, entries } from './reader-collections.ts';
import { type PlacedVariable, readPlacedVariables } from './variables.ts';
import { parseYaml } from './yaml-document.ts';

export interface OriginsInput {
  readonly environment: string;
  readonly apps: readonly string[];
  /** Hosts whose variables count. */
  readonly hosts: readonly string[];
  /** Of the environment's branch, and of the repository's HEAD branch, where hosts are declared. */
  readonly tree: Tree;
  readonly head: Tree;
}

interface Origin extends PlacedValue {
  readonly name: string;
  /** Undefined: of all. */
  readonly service: string | undefined;
  readonly host: string | undefined;
}

/** What each variable is for each service, where that is said, and what it hides. What cannot be read is left out, and an issue. */
export function variableOrigins(input: OriginsInput): { readonly variables: readonly VariableEntry[]; readonly issues: readonly Issue[] } {
  const issues = createIssues();
  const overrides = open(input.tree, `environments/${input.environment}.yaml`, issues);
  const hosts = hostOrigins(open(input.head, 'windlass.yaml', issues), input.hosts);
  const variables = input.apps.flatMap((app) => {
    const file = composeFiles.map((name) => `apps/${app}/${name}`).find((path) => input.tree.files.has(path));
    const compose = file === undefined ? undefined : open(input.tree, file, issues);
    const origins = [...composeOrigins(compose), ...overrideOrigins(overrides, app), ...hosts];
    return entries(compose && child(compose, 'services')).flatMap(({ key }) => entriesOf(app, key, origins));
  });
  return { variables, issues: issues.list() };
}

function open({ files }: Tree, path: string, issues: Issues): Cursor | undefined {
  const bytes = files.get(path);
  const value = bytes && parseYaml(path, bytes, issues);
  return value && cursor(value, { issues });
}

function composeOrigins(at: Cursor | undefined): readonly Origin[] {
  const extension = at && child(at, 'x-windlass');
  return [
    ...originsAt(extension, 'application'),
    ...entries(at && child(at, 'services'))
      .filter((entry) => !isNull(entry))
      .flatMap((entry) => originsAt(child(entry, 'x-windlass'), 'service', { service: entry.key })),
  ];
}

function overrideOrigins(at: Cursor | undefined, app: string): readonly Origin[] {
  const apps = at && child(at, 'apps');
  const own = apps && child(apps, app);
  return [
    ...originsAt(at, 'environment'),
    ...originsAt(own, 'environment-application'),
    ...entries(own && child(own, 'services'))
      .filter((entry) => !isNull(entry))
      .flatMap((entry) => originsAt(entry, 'environment-service', { service: entry.key })),
  ];
}

function hostOrigins(at: Cursor | undefined, hosts: readonly string[]): readonly Origin[] {
  return entries(at && child(at, 'hosts'))
    .filter((entry) => hosts.includes(entry.key) && !isNull(entry))
    .flatMap((entry) => originsAt(entry, 'host', { host: entry.key }));
}

function originsAt(at: Cursor | undefined, level: VariableLevel, of: { readonly service?: string; readonly host?: string } = {}): Origin[] {
  return readPlacedVariables(at && child(at, 'variables')).map(({ name, place, variable }: PlacedVariable) => ({
    name,
    level,
    service: of.service,
    host: of.host,
    file: place.file,
    line: place.line,
    value: declaredValue(variable),
  }));
}

function entriesOf(app: string, service: string, all: readonly Origin[]): readonly VariableEntry[] {
  const own = all.filter((origin) => origin.service === undefined || origin.service === service);
  const names = [...new Set(own.map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const said = own.filter((origin) => origin.name === name);
    const everywhere = entryOf(
      { name, app, service, host: null },
      said.filter(({ host }) => host === undefined),
    );
    const hosts = [...new Set(said.flatMap(({ host }) => host ?? []))];
    const onHosts = hosts.map((host) =>
      entryOf(
        { name, app, service, host },
        said.filter((origin) => origin.host === undefined || origin.host === host),
      ),
    );
    return [everywhere, ...onHosts].filter((entry) => entry !== undefined);
  });
}

function entryOf(named: Pick<VariableEntry, 'name' | 'app' | 'service' | 'host'>, said: readonly Origin[]): VariableEntry | undefined {
  const strongestFirst = [...said].sort((a, b) => variableLevels.indexOf(b.level) - variableLevels.indexOf(a.level)).map(placed);
  const [winner, ...hides] = strongestFirst;
  return winner && { ...named, ...winner, hides };
}

const placed = ({ level, file, line, value }: Origin): PlacedValue => ({ level, file, line, value });

function declaredValue(variable: Variable): VariableValue {
  if (variable.kind === 'formula') return { cel: variable.cel };
  return variable.kind === 'secret' ? { secret: variable.name } : { constant: variable.value as Constant };
}
