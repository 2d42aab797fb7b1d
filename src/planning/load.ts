import type { Application, Issue } from '../model/application.ts';
import type { BuildableImage, ImageDeclaration, Tree } from '../model/image.ts';
import type { Environment, Root } from '../model/root.ts';
import { applicationNames } from '../repository/application-names.ts';
import { readApplication } from '../repository/read-application.ts';
import { readImages } from '../repository/read-images.ts';
import { resolveImages } from '../repository/resolve-images.ts';

/** What is read: one environment, from the repository's tree (`config`) and those of its sources. */
export interface LoadInput {
  readonly environment: Environment;
  readonly root: Root;
  readonly trees: Readonly<Record<string, Tree>>;
}

/** An environment at one revision. An application with issues is not among the applications; the others are not held up by it. */
export interface Loaded {
  readonly environment: Environment;
  readonly root: Root;
  readonly commit: string;
  readonly applications: readonly Application[];
  readonly images: readonly BuildableImage[];
  /** Mistakes that concern everything: windlass.yaml's images. */
  readonly issues: readonly Issue[];
  readonly applicationIssues: Readonly<Record<string, readonly Issue[]>>;
  /** Every application of the environment, the ones with issues too. */
  readonly names: readonly string[];
}

/** A file that has to be read before the environment can be. */
export interface Need {
  readonly source: string;
  readonly path: string;
}

export function load(input: LoadInput): { readonly loaded: Loaded } | { readonly needs: readonly Need[] } {
  const { environment, root, trees } = input;
  const tree = trees.config;
  if (!tree) throw new Error('load: the tree of the repository itself is missing');
  const declared = readImages(tree);
  const names = applicationNames(tree, environment);
  const read = names.map((app) => ({ app, ...readApplication({ tree, root, environment, app, images: declared.images }) }));
  const needs: Need[] = read.flatMap((one) => one.needs.map((path) => ({ source: 'config', path })));
  const declarations: readonly ImageDeclaration[] = [...declared.images, ...read.flatMap(({ images }) => images)];
  const resolved = resolveImages({ declarations, trees });
  needs.push(...resolved.needs);
  if (needs.length > 0) return { needs };
  return {
    loaded: {
      environment,
      root,
      commit: tree.commit,
      names,
      applications: read.flatMap(({ application, issues }) => (application && issues.length === 0 ? [application] : [])),
      images: resolved.images,
      issues: [...declared.issues, ...resolved.issues],
      applicationIssues: Object.fromEntries(read.map(({ app, issues }) => [app, issues])),
    },
  };
}
