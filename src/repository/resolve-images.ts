import { createHash } from 'node:crypto';
import { messageOf } from '../errors.ts';
import type { Issue } from '../model/application.ts';
import { type BuildableImage, type ImageDeclaration, imageReference, pinnedReference, type Tree, type TreeEntry } from '../model/image.ts';
import { contextFiles, dockerignoreEntry } from './context-files.ts';
import { type DockerfileReference, dockerfileReferences } from './dockerfile-references.ts';
import { sameImage } from './image-declaration.ts';
import { lookupKey } from './image-reference.ts';
import { createIssues, type Issues } from './issues.ts';
import { pathIn } from './repository-path.ts';
import { ringThrough } from './service-order.ts';
import { decodeUtf8 } from './yaml-document.ts';

export interface ResolveImagesInput {
  /** Those of windlass.yaml and of the services' `build:`. */
  readonly declarations: readonly ImageDeclaration[];
  /** By source; `config` is the repository itself. */
  readonly trees: Readonly<Record<string, Tree>>;
}

export interface ResolvedImages {
  /** Parents before what is built on them; an image with a mistake, or on one with a mistake, is left out. */
  readonly images: readonly BuildableImage[];
  readonly issues: readonly Issue[];
  /** Files to read before this can be called again; nothing is final until then. */
  readonly needs: readonly { readonly source: string; readonly path: string }[];
}

/** What an image is made from, as far as it can be told from its own tree. */
interface Material {
  readonly declaration: ImageDeclaration;
  readonly commit: string;
  readonly files: readonly TreeEntry[];
  readonly dockerfile: string;
  readonly references: readonly DockerfileReference[];
}

/** Finds out what each image is built on and from: the chain, and one hash over all that decides its bytes. */
export function resolveImages({ declarations, trees }: ResolveImagesInput): ResolvedImages {
  const issues = createIssues();
  const needs = new Map<string, { readonly source: string; readonly path: string }>();
  const read = createMaterialReader(trees, issues, (source, path) => void needs.set(`${source}\0${path}`, { source, path }));
  const materials = new Map<string, Material>();
  for (const [key, declaration] of distinct(declarations, issues)) {
    const material = read(declaration);
    if (material !== undefined) materials.set(key, material);
  }
  const declared = new Set(declarations.map(imageReference));
  const images = needs.size > 0 ? [] : inOrder(materials, declared, issues);
  return { images, issues: issues.list(), needs: [...needs.values()] };
}

function distinct(declarations: readonly ImageDeclaration[], issues: Issues): ReadonlyMap<string, ImageDeclaration> {
  const found = new Map<string, ImageDeclaration>();
  for (const declaration of declarations) {
    const key = imageReference(declaration);
    const other = found.get(key);
    if (other === undefined) found.set(key, declaration);
    else if (!sameImage(declaration, other)) complain(issues, declaration, 'is declared differently in another place');
  }
  return found;
}

function complain(issues: Issues, declaration: ImageDeclaration, message: string): undefined {
  issues.add(declaration.place ?? { file: 'windlass.yaml', line: 1, column: 1 }, `image ${imageReference(declaration)} ${message}`);
  return undefined;
}

type Need = (source: string, path: string) => void;

function createMaterialReader(
  trees: ResolveImagesInput['trees'],
  issues: Issues,
  need: Need,
): (declaration: ImageDeclaration) => Material | undefined {
  const contexts = new Map<string, readonly TreeEntry[]>();
  return (declaration) => {
    const { source, context, args, target, inline } = declaration;
    const tree = Object.hasOwn(trees, source) ? trees[source] : undefined;
    if (tree === undefined) {
      const why = 'of which nothing is here: it is not under sources:, has no such branch, or is still to be fetched';
      return complain(issues, declaration, `is built from the source ${source}, ${why}`);
    }
    const path = pathIn(context, declaration.dockerfile) ?? '';
    const entry = tree.entries.find((candidate) => candidate.path === path);
    if (inline === undefined && entry === undefined)
      return complain(issues, declaration, `needs ${path}, which is not in ${whereIs(source)}`);
    if (entry !== undefined && !entry.mode.startsWith('100'))
      return complain(issues, declaration, `needs ${path}, which is no ordinary file`);
    const refused = inline === undefined ? tree.refused?.get(path) : undefined;
    if (refused !== undefined) return complain(issues, declaration, `needs ${path}, which ${refused}`);
    const text = inline ?? textOf(tree, source, path, need);
    const key = [source, context, declaration.dockerfile].join('\0');
    const files = contexts.get(key) ?? readContext(tree, declaration, issues, need);
    if (text === undefined || files === undefined) return undefined;
    contexts.set(key, files);
    const references = dockerfileReferences(text, args, target);
    if (references === undefined) return complain(issues, declaration, `needs ${target ?? 'a FROM'}, which is not in ${path}`);
    return { declaration, commit: tree.commit, files, dockerfile: text, references };
  };
}

const whereIs = (source: string): string => (source === 'config' ? 'the repository' : `the source ${source}`);

/** The text of a file; undefined, and a need, where it has not been read. */
function textOf(tree: Tree, source: string, path: string, need: Need): string | undefined {
  const bytes = tree.files.get(path);
  if (bytes === undefined) need(source, path);
  return bytes && (decodeUtf8(bytes) ?? Buffer.from(bytes).toString('latin1'));
}

function readContext(tree: Tree, declaration: ImageDeclaration, issues: Issues, need: Need): readonly TreeEntry[] | undefined {
  const { source, context, dockerfile } = declaration;
  if (context !== '' && !tree.entries.some(({ path }) => path.startsWith(`${context}/`))) {
    return complain(issues, declaration, `needs the folder ${context}, which is not in ${whereIs(source)}`);
  }
  const ignore = dockerignoreEntry(tree.entries, context, dockerfile);
  const refused = ignore && tree.refused?.get(ignore.path);
  if (refused !== undefined) return complain(issues, declaration, `needs ${ignore?.path}, which ${refused}`);
  const ignoreText = ignore && textOf(tree, source, ignore.path, need);
  if (ignore !== undefined && ignoreText === undefined) return undefined;
  try {
    return contextFiles(tree.entries, context, ignoreText);
  } catch (error) {
    return complain(issues, declaration, `cannot be built: ${messageOf(error)}`);
  }
}

/** Builds the chain: parents first, each image's inputs over those of its parents. */
function inOrder(materials: ReadonlyMap<string, Material>, declared: ReadonlySet<string>, issues: Issues): readonly BuildableImage[] {
  const parents = new Map([...materials].map(([key, { references }]) => [key, parentsOf(references, declared)]));
  const done = new Map<string, BuildableImage>();
  const failed = new Set<string>();
  for (const [key, { declaration }] of materials) {
    const ring = ringThrough(key, parents);
    if (ring === undefined) continue;
    complain(issues, declaration, `is built on itself: ${ring.join(' → ')}`);
    failed.add(key);
  }
  const visit = (key: string): BuildableImage | undefined => {
    const material = materials.get(key);
    const before = done.get(key);
    if (before !== undefined || material === undefined || failed.has(key)) return before;
    const own = (parents.get(key) ?? []).map(visit);
    const ready = own.filter((parent) => parent !== undefined);
    if (ready.length < own.length) {
      failed.add(key);
      return undefined;
    }
    const image = toBuildable(material, ready);
    done.set(key, image);
    return image;
  };
  for (const key of materials.keys()) visit(key);
  return [...done.values()];
}

function parentsOf(references: readonly DockerfileReference[], declared: ReadonlySet<string>): readonly string[] {
  const keys = references.map(({ image }) => lookupKey(image)).filter((key) => key !== undefined);
  return [...new Set(keys)].filter((key) => declared.has(key)).sort();
}

function toBuildable(material: Material, parents: readonly BuildableImage[]): BuildableImage {
  const { declaration, commit, dockerfile, references } = material;
  const byKey = new Map(parents.map((parent) => [imageReference(parent), parent]));
  let rewrittenDockerfile = dockerfile;
  for (const { image, start, end } of [...references].sort((a, b) => b.start - a.start)) {
    const parent = byKey.get(lookupKey(image) ?? '');
    if (parent === undefined) continue;
    rewrittenDockerfile = rewrittenDockerfile.slice(0, start) + pinnedReference(parent) + rewrittenDockerfile.slice(end);
  }
  return {
    ...declaration,
    commit,
    inputs: hashOf(material, parents),
    parents: [...byKey.keys()],
    rewrittenDockerfile,
  };
}

function hashOf({ declaration, files, dockerfile }: Material, parents: readonly BuildableImage[]): string {
  const { args, target, network, settings } = declaration;
  // Where the cache is taken from decides how fast, not what is built.
  const { cacheFrom: _, ...deciding } = settings ?? {};
  const decisive = {
    files: files.map(({ path, mode, oid }) => [path, mode, oid]),
    dockerfile,
    args: Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1)),
    target: target ?? null,
    network: network ?? null,
    parents: parents.map((parent) => [imageReference(parent), parent.inputs]),
    ...(Object.keys(deciding).length > 0 && { settings: deciding }),
  };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
}
