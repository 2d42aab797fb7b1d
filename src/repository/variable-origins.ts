import type { Constant, Issue, Variable } from '../model/application.ts';
import type { Tree } from '../model/image.ts';
import type { Environment } from '../model/root.ts';
import { type PlacedValue, type VariableEntry, type VariableLevel, type VariableValue, variableLevels } from '../model/variables.ts';
import { createIssues, type Issues } from './issues.ts';
import { readParts } from './open-application.ts';
import { type Cursor, cursor, isNull } from './reader.ts';
import { child, entries, type NamedCursor } from './reader-collections.ts';
import { type PlacedVariable, readPlacedVariables } from './variables.ts';
import { parseYaml } from './yaml-document.ts';

export interface OriginsInput {
  readonly environment: Environment;
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

export type VariableOrigins =
  | { readonly variables: readonly VariableEntry[]; readonly issues: readonly Issue[] }
  /** Files to read before this can be asked again. */
  | { readonly needs: readonly string[] };

/** What each variable is for each service, where that is said, and what it hides. What cannot be read is left out, and an issue. */
export function variableOrigins({ environment, apps, tree, head, hosts }: OriginsInput): VariableOrigins {
  const opened = apps.map((app) => ({ app, ...readParts({ tree, environment, app }) }));
  const needs = [...new Set(opened.flatMap((one) => one.needs))];
  if (needs.length > 0) return { needs };
  const issues = createIssues();
  const overrides = open(tree, `environments/${environment.name}.yaml`, issues);
  const ofHosts = hostOrigins(open(head, 'windlass.yaml', issues), hosts);
  const variables = opened.flatMap(({ app, extension, services }) => {
    const origins = [...composeOrigins(extension, services), ...overrideOrigins(overrides, app), ...ofHosts];
    return services.flatMap(({ key }) => entriesOf(app, key, origins));
  });
  // The environment's file is read for each application as well.
  return { variables, issues: distinct([...opened.flatMap((one) => one.issues), ...issues.list()]) };
}

const distinct = (issues: readonly Issue[]): readonly Issue[] => [
  ...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values(),
];

function open({ files }: Tree, path: string, issues: Issues): Cursor | undefined {
  const bytes = files.get(path);
  const value = bytes && parseYaml(path, bytes, issues);
  return value && cursor(value, { issues });
}

const composeOrigins = (extension: Cursor | undefined, services: readonly NamedCursor[]): readonly Origin[] => [
  ...originsAt(extension, 'application'),
  ...services.flatMap((entry) => originsAt(child(entry, 'x-windlass'), 'service', { service: entry.key })),
];

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
