import type { Issue } from '../model/application.ts';
import type { Tree } from '../model/image.ts';
import { serviceName } from '../model/names.ts';
import type { Environment } from '../model/root.ts';
import { composeFiles, foldersWithCompose } from './application-names.ts';
import { withExtends } from './compose-extends.ts';
import { withIncludes } from './compose-include.ts';
import { topLevelKeys } from './compose-keys.ts';
import { readDotenv } from './dotenv.ts';
import { type Overrides, readOverrides } from './environment-file.ts';
import { interpolate, type Lookup, lookupIn } from './interpolation.ts';
import { createIssues, type Issues } from './issues.ts';
import { readProfiles } from './profiles.ts';
import { type Cursor, cursor, fail, type Reading } from './reader.ts';
import { checkName, child, entries, type Fields, fields, type NamedCursor } from './reader-collections.ts';
import { createTreeReader, type TreeReader } from './repository-path.ts';
import { overlay, readVariables, type Variables } from './variables.ts';
import { parseYaml } from './yaml-document.ts';
import type { Value } from './yaml-value.ts';

export interface OpenInput {
  readonly tree: Tree;
  readonly environment: Environment;
  readonly app: string;
}

/** What says variables in an application's own files, and its services, put together from whatever files they are in. */
export function readParts(input: OpenInput): {
  readonly extension: Cursor | undefined;
  /** Those that the environment has. */
  readonly services: readonly NamedCursor[];
  readonly issues: readonly Issue[];
  /** Files to read before this can be called again. */
  readonly needs: readonly string[];
} {
  const issues = createIssues();
  const tree = createTreeReader(input.tree, issues);
  const opened = openApplication(input, tree, issues);
  const services = opened?.named.filter(({ key }) => !readProfiles(opened.named, opened.scope.overrides).off.has(key)) ?? [];
  return { extension: opened?.found.get('x-windlass'), services, issues: issues.list(), needs: tree.needs() };
}

/** What goes along while an application is read. */
export interface Scope {
  readonly input: OpenInput;
  readonly tree: TreeReader;
  readonly issues: Issues;
  readonly folder: string;
  readonly file: string;
  readonly overrides: Overrides;
  readonly variables: Variables;
  /** What `${…}` falls back to in an included file, by its path. */
  readonly defaults: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** An application whose files have been put together, and nothing in it read. */
export interface Opened {
  readonly scope: Scope;
  /** The top of compose.yaml. */
  readonly found: Fields;
  /** Each service with what it extends, those that no profile asks for too. */
  readonly named: readonly NamedCursor[];
}

/** Puts an application's files together; undefined, with the reason added to the issues, where that cannot be done. */
export function openApplication(input: OpenInput, tree: TreeReader, issues: Issues): Opened | undefined {
  const folder = `apps/${input.app}`;
  const name = composeFiles.find((candidate) => tree.has(`${folder}/${candidate}`));
  const file = `${folder}/${name ?? composeFiles[0]}`;
  if (name === undefined) issues.add({ file, line: 1, column: 1 }, 'this file is missing');
  const bytes = tree.read(file);
  const overrides = readOverrides(tree, input.environment.name, input.app, foldersWithCompose(tree.paths), issues);
  const value = bytes && parseYaml(file, bytes, issues);
  if (value === undefined) return undefined;
  const extension = child(cursor(value, { issues }), 'x-windlass');
  const variables = overlay(readVariables(extension && child(extension, 'variables')), overrides.all, overrides.variables);
  const scope = { input, tree, issues, folder, file, overrides, variables, defaults: new Map() };
  const { reading, lookup } = readingWith(scope, readDotenvOf(scope, variables), variables);
  const whole = withIncludes(value, { tree, issues, reading, lookup });
  return openFile(whole.value, { ...scope, defaults: whole.defaults });
}

/** Keys at the top, Compose's and windlass's own. */
const keys = { ...topLevelKeys, known: [...topLevelKeys.known, 'x-windlass'] };

function openFile(value: Value, scope: Scope): Opened | undefined {
  const { tree, issues } = scope;
  const { reading } = readingWith(scope, readDotenvOf(scope, scope.variables), scope.variables);
  const found = fields(cursor(value, reading), keys);
  if (found === undefined) return undefined;
  const at = found.require('services', (services) => services);
  const extended = at && { ...at, value: withExtends(at.value, { tree, issues, reading }) };
  const named = entries(extended).filter((entry) => checkName(entry, serviceName));
  if (at !== undefined && named.length === 0) fail(found.at, 'services: names no service');
  return { scope, found, named };
}

/** What Compose calls the project: the part of names before the service's. */
export const projectOf = ({ input, overrides }: Pick<Scope, 'input' | 'overrides'>): string =>
  overrides.adopt?.project ?? `${input.environment.name}-${input.app}`;

/** `apps/NAME/.env`; its own references see the constants. */
export function readDotenvOf({ tree, folder, issues }: Scope, variables: Variables): Readonly<Record<string, string>> {
  const path = `${folder}/.env`;
  const bytes = tree.read(path);
  return bytes === undefined ? {} : readDotenv(path, bytes, lookupIn(variables, {}), issues);
}

/** How values are read that see these variables. */
export function readingWith(
  { input, issues, overrides, defaults }: Scope,
  dotenv: Readonly<Record<string, string>>,
  variables: Variables,
): { readonly reading: Reading; readonly lookup: Lookup } {
  const project = { COMPOSE_PROJECT_NAME: projectOf({ input, overrides }) };
  const lookupFor = (file: string) => lookupIn(variables, { ...project, ...defaults.get(file), ...dotenv });
  const lookup = lookupFor('');
  const lookups = new Map([...defaults.keys()].map((file) => [file, lookupFor(file)]));
  const interpolated: Reading['interpolate'] = (text, place) => interpolate(text, lookups.get(place.file) ?? lookup, place, issues);
  return { lookup, reading: { issues, asCompose: true, interpolate: interpolated } };
}
