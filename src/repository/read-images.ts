import type { Issue } from '../model/application.ts';
import type { ImageDeclaration, Tree } from '../model/image.ts';
import { didYouMean } from '../model/nearest.ts';
import { splitReference } from './image-reference.ts';
import { createIssues } from './issues.ts';
import { openRoot } from './read-root.ts';
import { type Cursor, fail, integer, nonEmpty, quote, type Reader, string } from './reader.ts';
import { entries, type Fields, fields, list, record } from './reader-collections.ts';
import { pathIn } from './repository-path.ts';
import { buildNetwork } from './service-build.ts';
import { readEnvironment } from './service-process.ts';
import { imageKeys } from './windlass-keys.ts';

export interface ReadImages {
  readonly images: readonly ImageDeclaration[];
  readonly issues: readonly Issue[];
}

/** More variants than this of one image are a mistake. */
const mostVariants = 200;

/** `images` of windlass.yaml, one for each combination of a matrix. */
export function readImages(tree: Tree): ReadImages {
  const issues = createIssues();
  const found = openRoot(tree, issues);
  const images = found?.read('images', list(readVariants))?.flat() ?? [];
  const seen = new Set<string>();
  for (const image of images) {
    const key = `${image.name}:${image.tag}`;
    if (seen.has(key) && image.place !== undefined) issues.add(image.place, `images: ${key} is declared twice`);
    seen.add(key);
  }
  return { images, issues: issues.list() };
}

type Combination = Readonly<Record<string, string>>;

const readVariants: Reader<readonly ImageDeclaration[]> = (at) => {
  const found = fields(at, { known: Object.keys(imageKeys) });
  const written = found?.require('name', nonEmpty);
  if (found === undefined || written === undefined) return undefined;
  const name = readName(found, written);
  const combinations = found.get('matrix') === undefined ? [{}] : found.read('matrix', readMatrix);
  if (name === undefined || combinations === undefined) return undefined;
  const variants = combinations.map((combination) => readVariant(found, name, combination)).filter((image) => image !== undefined);
  const tags = new Set(variants.map((image) => image.tag));
  if (tags.size === variants.length) return variants;
  return fail(found.get('tag') ?? at, `must differ for each of the ${variants.length} combinations of matrix`);
};

interface ImageName {
  readonly name: string;
  readonly tag: string;
}

function readName(found: Fields, written: string): ImageName | undefined {
  const at = found.get('name') ?? found.at;
  const parts = splitReference(written);
  if (parts === undefined || parts.digest !== undefined) return fail(at, `must be NAME or NAME:TAG, in lower case, not ${quote(written)}`);
  if (parts.tag !== undefined && found.get('tag') !== undefined) return fail(at, 'has a tag already; leave out either that or tag:');
  return { name: parts.name, tag: parts.tag ?? 'latest' };
}

const readMatrix: Reader<readonly Combination[]> = (at) => {
  const axes = entries(at).map((entry) => ({ key: entry.key, values: list(string)(entry) ?? [] }));
  const count = axes.reduce((product, axis) => product * axis.values.length, 1);
  if (count > mostVariants) return fail(at, `makes ${count} images; at most ${mostVariants} are carried out`);
  if (axes.length === 0 || count === 0) return fail(at, 'needs at least one value for each key');
  return axes.reduce<Combination[]>(
    (combinations, { key, values }) =>
      combinations.flatMap((combination) => values.map((value) => record([...Object.entries(combination), [key, value]]))),
    [{}],
  );
};

function readVariant(found: Fields, { name, tag }: ImageName, combination: Combination): ImageDeclaration | undefined {
  const filled =
    (reader: Reader<string>): Reader<string> =>
    (at) => {
      const text = reader(at);
      return text === undefined ? undefined : fill(at, text, combination);
    };
  const source = found.read('source', nonEmpty) ?? 'config';
  const context = found.require('context', (at) => readContext(at, filled(nonEmpty)));
  const dockerfile = found.read('dockerfile', filled(nonEmpty)) ?? 'Dockerfile';
  const args = found.read('args', readEnvironment) ?? {};
  const argsAt = found.get('args') ?? found.at;
  const ownTag = found.get('tag') === undefined ? tag : found.read('tag', filled(nonEmpty));
  if (context === undefined || ownTag === undefined) return undefined;
  if (pathIn(context, dockerfile) === undefined)
    return fail(found.at, `has its Dockerfile outside of the repository: ${quote(dockerfile)}`);
  if (!isTag(ownTag)) return fail(found.get('tag') ?? found.at, `has ${quote(ownTag)}, which is no tag`);
  const keep = found.read('keep', integer(0, 1_000));
  return {
    name,
    tag: ownTag,
    source,
    context,
    dockerfile,
    args: record(Object.entries(args).map(([key, value]) => [key, fill(argsAt, value, combination)])),
    target: found.read('target', filled(nonEmpty)),
    network: found.read('network', buildNetwork),
    ...(keep === undefined ? {} : { keep }),
    place: found.at.value.place,
  };
}

/** Tags that windlass makes itself to name inputs are not for people. */
const isTag = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(text) && !text.startsWith('windlass-');

function readContext(at: Cursor, reader: Reader<string>): string | undefined {
  const written = reader(at);
  if (written === undefined) return undefined;
  return pathIn('', written) ?? fail(at, `leaves the repository: ${quote(written)}`);
}

/** Replaces `{{key}}` by the combination's value. */
function fill(at: Cursor, text: string, combination: Combination): string | undefined {
  const unknown = [...text.matchAll(placeholder)].find(([, key = '']) => !Object.hasOwn(combination, key));
  if (unknown !== undefined) {
    return fail(at, `has ${unknown[0]}, which is no key of matrix${didYouMean(unknown[1] ?? '', Object.keys(combination))}`);
  }
  return text.replaceAll(placeholder, (_, key: string) => combination[key] ?? '');
}

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;
