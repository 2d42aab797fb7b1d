import type { Application, Environment, Issue, Root, Service } from '../model/application.ts';
import type { ImageDeclaration, Tree } from '../model/image.ts';
import { applicationName, serviceName } from '../model/names.ts';
import { withExtends } from './compose-extends.ts';
import { withIncludes } from './compose-include.ts';
import { topLevelKeys } from './compose-keys.ts';
import { readNetworkDeclarations, readVolumeDeclarations } from './compose-networks.ts';
import { readSecretDeclarations } from './compose-secrets.ts';
import { readConfigDeclarations } from './config-files.ts';
import { readDotenv } from './dotenv.ts';
import { checkOverriddenServices, type Overrides, readOverrides } from './environment-file.ts';
import { sameImage } from './image-declaration.ts';
import { interpolate, type Lookup, lookupIn } from './interpolation.ts';
import { createIssues, type Issues } from './issues.ts';
import { readProfiles } from './profiles.ts';
import { cursor, fail, type Reading, withReading } from './reader.ts';
import { checkName, child, entries, type Fields, fields, type NamedCursor } from './reader-collections.ts';
import { createTreeReader, type TreeReader } from './repository-path.ts';
import { type ReadService, readService } from './service.ts';
import { checkDependencies, withJobs } from './service-order.ts';
import { overlay, readVariables, type Variables } from './variables.ts';
import { nothingSaid, readApplicationExtension } from './windlass-extension.ts';
import { parseYaml } from './yaml-document.ts';
import type { Value } from './yaml-value.ts';

/** Names that Compose looks for, the preferred first. */
export const composeFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];

export interface ReadApplicationInput {
  readonly tree: Tree;
  readonly root: Root;
  readonly environment: Environment;
  readonly app: string;
  /** Those of windlass.yaml, as `readImages` gives them. */
  readonly images: readonly ImageDeclaration[];
}

export interface ReadApplication {
  /** Undefined with issues or needs. */
  readonly application: Application | undefined;
  /** What could be read in spite of issues, to look for more of them in. */
  readonly readable: Application | undefined;
  /** Services that are declared and missing there. */
  readonly unread: readonly string[];
  /** What the services' `build:` declares. */
  readonly images: readonly ImageDeclaration[];
  readonly issues: readonly Issue[];
  /** Files to read before this can be called again; nothing else is said until then. */
  readonly needs: readonly string[];
}

/** Names of the applications that an environment has, sorted: folders of `apps/` with a compose file. */
export function applicationNames(tree: Tree, environment: Environment): readonly string[] {
  const all = foldersWithCompose(tree.entries.map((entry) => entry.path));
  return environment.apps === undefined ? all : all.filter((name) => environment.apps?.includes(name));
}

function foldersWithCompose(paths: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const [apps, name, file, ...more] = path.split('/');
    if (apps === 'apps' && name !== undefined && composeFiles.includes(file ?? '') && more.length === 0) found.add(name);
  }
  return [...found].filter((name) => applicationName.safeParse(name).success).sort();
}

/** One application of one environment from its compose file and the environment's own. */
export function readApplication(input: ReadApplicationInput): ReadApplication {
  const issues = createIssues();
  const tree = createTreeReader(input.tree, issues);
  const result = read(input, tree, issues);
  const needs = tree.needs();
  if (needs.length > 0) return { application: undefined, readable: undefined, unread: [], images: [], issues: [], needs };
  const found = issues.list();
  const readable = result?.application;
  return {
    application: found.length > 0 ? undefined : readable,
    readable,
    unread: result?.unread ?? [],
    images: result?.images ?? [],
    issues: found,
    needs,
  };
}

interface Scope {
  readonly input: ReadApplicationInput;
  readonly tree: TreeReader;
  readonly issues: Issues;
  readonly folder: string;
  readonly file: string;
  readonly overrides: Overrides;
  readonly variables: Variables;
  /** What `${…}` falls back to in an included file, by its path. */
  readonly defaults: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

type Result = { readonly application: Application; readonly unread: readonly string[]; readonly images: readonly ImageDeclaration[] };

function read(input: ReadApplicationInput, tree: TreeReader, issues: Issues): Result | undefined {
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
  return readFile(whole.value, { ...scope, defaults: whole.defaults });
}

/** Keys at the top, Compose's and windlass's own. */
const keys = { ...topLevelKeys, known: [...topLevelKeys.known, 'x-windlass'] };

function readFile(value: Value, scope: Scope): Result | undefined {
  const { input, tree, issues, overrides } = scope;
  const { reading } = readingWith(scope, readDotenvOf(scope, scope.variables), scope.variables);
  const found = fields(cursor(value, reading), keys);
  if (found === undefined) return undefined;
  const project = projectOf(scope);
  const networks = readNetworkDeclarations(found.get('networks'), project);
  const volumes = readVolumeDeclarations(found.get('volumes'), project);
  const files = {
    configs: readConfigDeclarations(found.get('configs'), { tree }),
    secrets: readSecretDeclarations(found.get('secrets'), tree),
  };
  const at = found.require('services', (services) => services);
  const extended = at && { ...at, value: withExtends(at.value, { tree, issues, reading }) };
  const named = entries(extended).filter((entry) => checkName(entry, serviceName));
  const names = named.map((entry) => entry.key);
  const { off } = readProfiles(named, overrides);
  checkOverriddenServices(overrides, names);
  const common = { app: input.app, tree, services: { names, off }, networks, volumes, files, images: input.images };
  const read = named.map((entry) => readOne(entry, found, scope, common)).filter((service) => service !== undefined);
  if (at !== undefined && named.length === 0) fail(found.at, 'services: names no service');
  const unread = names.filter((name) => !read.some(({ service }) => service.name === name));
  const active = read.filter(({ service }) => !off.has(service.name));
  return { ...assemble(scope, active, [...networks.values()], [...volumes.values()]), unread };
}

const projectOf = ({ input, overrides }: Pick<Scope, 'input' | 'overrides'>): string =>
  overrides.adopt?.project ?? `${input.environment.name}-${input.app}`;

type Common = Pick<Parameters<typeof readService>[1], 'app' | 'tree' | 'services' | 'networks' | 'volumes' | 'files' | 'images'>;

function readOne(entry: NamedCursor, application: Fields, scope: Scope, common: Common): ReadService | undefined {
  const { overrides } = scope;
  const own = overrides.services.get(entry.key);
  const variables = variablesOf(entry, application, scope);
  const { reading, lookup } = readingWith(scope, readDotenvOf(scope, variables), variables);
  const extensionAt = application.get('x-windlass');
  const extension = (extensionAt && readApplicationExtension(withReading(extensionAt, reading))) ?? nothingSaid;
  return readService({ ...entry, reading }, { ...common, extension, policy: overrides.policy, overrides: own, variables, lookup });
}

/** Weakest first: application, service, the environment for all, for the application, for the service. */
function variablesOf(entry: NamedCursor, application: Fields, { overrides }: Scope): Variables {
  const ofApplication = application.get('x-windlass');
  const ofService = child(entry, 'x-windlass');
  return overlay(
    readVariables(ofApplication && child(ofApplication, 'variables')),
    readVariables(ofService && child(ofService, 'variables')),
    overrides.all,
    overrides.variables,
    overrides.services.get(entry.key)?.variables ?? {},
  );
}

/** `apps/NAME/.env`; its own references see the constants. */
function readDotenvOf({ tree, folder, issues }: Scope, variables: Variables): Readonly<Record<string, string>> {
  const path = `${folder}/.env`;
  const bytes = tree.read(path);
  return bytes === undefined ? {} : readDotenv(path, bytes, lookupIn(variables, {}), issues);
}

function readingWith(
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

function assemble(
  scope: Scope,
  read: readonly ReadService[],
  networks: Application['networks'],
  volumes: Application['volumes'],
): Omit<Result, 'unread'> {
  const { input, tree, issues } = scope;
  const services = withJobs(read.map(({ service }) => service));
  checkDependencies(services, issues);
  const used = <T extends { readonly name: string }>(
    all: readonly T[],
    isUsed: (service: Service, name: string) => boolean,
  ): readonly T[] =>
    all
      .filter(({ name }, index) => all.findIndex((other) => other.name === name) === index)
      .filter(({ name }) => services.some((service) => isUsed(service, name)));
  const images = read.map(({ declaration }) => declaration).filter((declaration) => declaration !== undefined);
  return {
    images: distinctImages(images, issues),
    application: {
      environment: input.environment.name,
      name: input.app,
      commit: tree.commit,
      project: projectOf(scope),
      adopts: scope.overrides.adopt?.place,
      services,
      networks: used(networks, ({ spec }, name) => spec.networks.some((network) => network.name === name)),
      volumes: used(volumes, ({ spec }, name) => spec.mounts.some((mount) => mount.type === 'volume' && mount.source === name)),
    },
  };
}

/** Two services may build the same image, if they say the same of it. */
function distinctImages(images: readonly ImageDeclaration[], issues: Issues): readonly ImageDeclaration[] {
  const first = new Map<string, ImageDeclaration>();
  for (const image of images) {
    const key = `${image.name}:${image.tag}`;
    const other = first.get(key);
    if (other === undefined) first.set(key, image);
    else if (image.place !== undefined && !sameImage(image, other)) {
      issues.add(image.place, `build makes ${key} differently from another service`);
    }
  }
  return [...first.values()];
}
