import type { Issue } from '../model/application.ts';
import type { ImageDeclaration, Tree } from '../model/image.ts';
import { applicationName } from '../model/names.ts';
import { didYouMean } from '../model/nearest.ts';
import { type Environment, type Root, rootFile } from '../model/root.ts';
import { applicationNames } from './application-names.ts';
import { environmentProfiles } from './environment-file.ts';
import { createIssues, sortIssues } from './issues.ts';
import { type ReadApplication, readApplication } from './read-application.ts';
import { readImages } from './read-images.ts';
import { openRoot, readRoot } from './read-root.ts';
import { type Cursor, fail, string, withReading } from './reader.ts';
import { child, entries, list } from './reader-collections.ts';
import { createTreeReader } from './repository-path.ts';
import { resolveImages } from './resolve-images.ts';

/** All that could be read of a working copy, for every environment as if its branch were this one, and every mistake found on the way. */
export interface Survey {
  readonly root: Root;
  readonly environments: readonly { readonly environment: Environment; readonly applications: readonly ReadApplication[] }[];
  readonly issues: readonly Issue[];
}

/** Images from sources are not looked into, templates and formulas are another's part. The tree's `files` must hold every declaration. */
export function surveyRepository(tree: Tree): Survey {
  const { root, readable, issues } = readRoot(tree);
  const images = readImages(tree);
  const known = readable ?? { environments: [], hosts: [], sources: [] };
  const environments = readableEnvironments(tree, known).map((environment) => {
    const names = applicationNames(tree, environment);
    return {
      environment,
      applications: names.map((app) => readApplication({ tree, root: known, environment, app, images: images.images })),
    };
  });
  const profiles = environments.flatMap(({ environment, applications }) => profileIssues(tree, environment, applications));
  const found = [
    ...issues,
    ...images.issues,
    ...profiles,
    ...environments.flatMap((one) => environmentIssues(tree, one.applications, images.images)),
  ];
  // A name that could not be read is not there to be found: what refers to it would be called a mistake too.
  const named = root === undefined ? [] : [...validateNames(tree, root), ...validateSources(root, images.images)];
  return { root: known, environments, issues: sortIssues([...found, ...named]) };
}

/** All mistakes of a working copy's declarations, sorted. */
export const validateRepository = ({ tree }: { readonly tree: Tree }): readonly Issue[] => surveyRepository(tree).issues;

/**
 * Those of windlass.yaml; where it names none, those that have a file, else one without a name: applications have mistakes of their own.
 */
function readableEnvironments(tree: Tree, { environments }: Root): readonly Environment[] {
  if (environments.length > 0 || !tree.files.has(rootFile)) return environments;
  const named = tree.entries.flatMap(({ path }) => /^environments\/([^/]+)\.yaml$/.exec(path)?.[1] ?? []);
  return (named.length > 0 ? named : ['']).map((name) => ({ name, branch: '', apps: undefined, hosts: undefined, sources: {} }));
}

function environmentIssues(tree: Tree, read: readonly ReadApplication[], images: readonly ImageDeclaration[]): readonly Issue[] {
  const declarations = [...images, ...read.flatMap((one) => one.images)].filter(({ source }) => source === 'config');
  const resolved = resolveImages({ declarations, trees: { config: tree } });
  const unread = [...read.flatMap((one) => one.needs), ...resolved.needs.map(({ path }) => path)];
  return [
    ...read.flatMap((one) => one.issues),
    ...resolved.issues,
    ...unread.map((file) => ({ file, line: 1, column: 1, message: 'this file could not be read' })),
  ];
}

/** What windlass.yaml names must be there, and what is there must be named so that it is found. */
function validateNames(tree: Tree, root: Root): readonly Issue[] {
  const issues = createIssues();
  const everywhere = { name: '', branch: '', apps: undefined, hosts: undefined, sources: {} };
  const apps = applicationNames(tree, everywhere);
  const environments = root.environments.map(({ name }) => name);
  for (const { at, app } of namedApplications(tree)) {
    if (!apps.includes(app))
      fail(withReading(at, { issues }), `names ${app}, but there is no apps/${app}/compose.yaml${didYouMean(app, apps)}`);
  }
  for (const { path } of tree.entries) {
    const [folder = '', name = '', file] = path.split('/');
    const place = { file: path, line: 1, column: 1 };
    if (folder === 'environments' && file === undefined && !environments.includes(name.replace(/\.yaml$/, ''))) {
      issues.add(place, `belongs to no environment of windlass.yaml${didYouMean(name.replace(/\.ya?ml$/, ''), environments)}`);
    }
    if (folder === 'apps' && file?.includes('compose.y') && !applicationName.safeParse(name).success) {
      issues.add(place, `is not read: ${applicationName.safeParse(name).error?.issues[0]?.message}`);
    }
  }
  return issues.list();
}

/**
 * Of the profiles that an environment turns on for all applications, those that no service of it has; nothing where not all can be read.
 */
function profileIssues(tree: Tree, { name }: Environment, applications: readonly ReadApplication[]): readonly Issue[] {
  if (applications.some(({ profiles }) => profiles === undefined)) return [];
  const issues = createIssues();
  const known = applications.flatMap(({ profiles }) => profiles ?? []);
  for (const { at, name: chosen } of environmentProfiles(createTreeReader(tree, createIssues()), name)) {
    if (known.includes(chosen)) continue;
    fail(withReading(at, { issues }), `names ${chosen}, which is no profile of a service in any application${didYouMean(chosen, known)}`);
  }
  return issues.list();
}

/** The names under `environments.NAME.apps`, with their places. */
function namedApplications(tree: Tree): readonly { readonly at: Cursor; readonly app: string }[] {
  const environments = openRoot(tree, createIssues())?.get('environments');
  return entries(environments).flatMap((environment) => {
    const apps = child(environment, 'apps');
    return (apps && list((at) => ({ at, app: string(at) ?? '' }))(apps)) ?? [];
  });
}

function validateSources(root: Root, images: readonly ImageDeclaration[]): readonly Issue[] {
  const sources = ['config', ...root.sources.map(({ name }) => name)];
  return images.flatMap(({ name, source, place }) =>
    sources.includes(source) || place === undefined
      ? []
      : [{ ...place, message: `image ${name} is built from ${source}, which is not under sources:${didYouMean(source, sources)}` }],
  );
}
