import type { Application, Issue, Service } from '../model/application.ts';
import type { ImageDeclaration, Tree } from '../model/image.ts';
import type { Environment, Root } from '../model/root.ts';
import { readNetworkDeclarations, readVolumeDeclarations } from './compose-networks.ts';
import { readSecretDeclarations } from './compose-secrets.ts';
import { readConfigDeclarations } from './config-files.ts';
import { checkOverriddenServices } from './environment-file.ts';
import { sameImage } from './image-declaration.ts';
import { createIssues, type Issues } from './issues.ts';
import { type Opened, openApplication, projectOf, readDotenvOf, readingWith, type Scope } from './open-application.ts';
import { readProfiles } from './profiles.ts';
import { withReading } from './reader.ts';
import { child, type Fields, type NamedCursor } from './reader-collections.ts';
import { createTreeReader } from './repository-path.ts';
import { type ReadService, readService } from './service.ts';
import { checkDependencies, withJobs } from './service-order.ts';
import { overlay, readVariables, type Variables } from './variables.ts';
import { nothingSaid, readApplicationExtension } from './windlass-extension.ts';

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
  /** All that its services are in, those that no profile asks for too; undefined where they cannot be read. */
  readonly profiles: readonly string[] | undefined;
  /** What the services' `build:` declares. */
  readonly images: readonly ImageDeclaration[];
  readonly issues: readonly Issue[];
  /** Files to read before this can be called again; nothing else is said until then. */
  readonly needs: readonly string[];
}

/** One application of one environment from its compose file and the environment's own. */
export function readApplication(input: ReadApplicationInput): ReadApplication {
  const issues = createIssues();
  const tree = createTreeReader(input.tree, issues);
  const opened = openApplication(input, tree, issues);
  const result = opened && readOpened(opened, input.images);
  const needs = tree.needs();
  if (needs.length > 0)
    return { application: undefined, readable: undefined, unread: [], profiles: undefined, images: [], issues: [], needs };
  const found = issues.list();
  const readable = result?.application;
  return {
    application: found.length > 0 ? undefined : readable,
    readable,
    unread: result?.unread ?? [],
    profiles: result?.profiles,
    images: result?.images ?? [],
    issues: found,
    needs,
  };
}

interface Result {
  readonly application: Application;
  readonly unread: readonly string[];
  readonly profiles: readonly string[];
  readonly images: readonly ImageDeclaration[];
}

function readOpened({ scope, found, named }: Opened, declared: readonly ImageDeclaration[]): Result {
  const { input, tree, overrides } = scope;
  const project = projectOf(scope);
  const networks = readNetworkDeclarations(found.get('networks'), project);
  const volumes = readVolumeDeclarations(found.get('volumes'), project);
  const files = {
    configs: readConfigDeclarations(found.get('configs'), { tree }),
    secrets: readSecretDeclarations(found.get('secrets'), tree),
  };
  const names = named.map((entry) => entry.key);
  const { off, known: profiles } = readProfiles(named, overrides);
  checkOverriddenServices(overrides, names);
  const common = { app: input.app, tree, services: { names, off }, networks, volumes, files, images: declared };
  const read = named.map((entry) => readOne(entry, found, scope, common)).filter((service) => service !== undefined);
  const unread = names.filter((name) => !read.some(({ service }) => service.name === name));
  const active = read.filter(({ service }) => !off.has(service.name));
  return { ...assemble(scope, active, [...networks.values()], [...volumes.values()]), unread, profiles };
}

type Common = Pick<Parameters<typeof readService>[1], 'app' | 'tree' | 'services' | 'networks' | 'volumes' | 'files' | 'images'>;

function readOne(entry: NamedCursor, application: Fields, scope: Scope, common: Common): ReadService | undefined {
  const { overrides } = scope;
  const own = overrides.services.get(entry.key);
  const variables = variablesOf(entry, application, scope);
  const { reading, lookup } = readingWith(scope, readDotenvOf(scope, variables), variables);
  const extensionAt = application.get('x-windlass');
  const extension = (extensionAt && readApplicationExtension(common.tree)(withReading(extensionAt, reading))) ?? nothingSaid;
  const { policy, drift } = overrides;
  return readService({ ...entry, reading }, { ...common, extension, policy, drift, overrides: own, variables, lookup });
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

function assemble(
  scope: Scope,
  read: readonly ReadService[],
  networks: Application['networks'],
  volumes: Application['volumes'],
): Pick<Result, 'application' | 'images'> {
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
