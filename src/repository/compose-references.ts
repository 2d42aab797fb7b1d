import { posix } from 'node:path';
import { createIssues } from './issues.ts';
import { parseYaml } from './yaml-document.ts';
import type { Value } from './yaml-value.ts';

/** What a Compose file names, as far as it can be read. */
export interface ComposeReferences {
  /** Its `name:`. */
  readonly project: string | undefined;
  /** Files and folders that it takes from beside itself; not bind mounts, build contexts or secrets. */
  readonly paths: readonly string[];
  readonly contexts: readonly BuildContext[];
  /** Those of `paths` that are env files. */
  readonly envFiles: readonly string[];
  /** Secrets that are files, each with its path as it is written. */
  readonly secrets: readonly { readonly name: string; readonly file: string }[];
  /** Paths and contexts above its own folder. */
  readonly outside: readonly string[];
  /** What it says under `environment:` itself. */
  readonly environment: readonly { readonly service: string; readonly name: string; readonly value: string }[];
  /** The first service that has a config file, and that file; not where the service says already what takes a new one. */
  readonly configured: { readonly service: string; readonly config: string } | undefined;
}

/** A folder that an image is built from, relative to the file and perhaps `.`, and its Dockerfile relative to the folder. */
export interface BuildContext {
  readonly path: string;
  readonly dockerfile: string;
}

export function composeReferences(bytes: Uint8Array): ComposeReferences {
  const root = parseYaml('compose.yaml', bytes, createIssues());
  const services = valuesOf(at(root, 'services'));
  const envFiles = relativePaths(services.flatMap((service) => many(at(service, 'env_file'), 'path')));
  const paths = relativePaths([
    ...envFiles,
    ...services.flatMap((service) => [...many(at(service, 'label_file'), 'path'), ...many(at(service, 'extends'), 'file')]),
    ...many(at(root, 'include'), 'path'),
    ...valuesOf(at(root, 'configs')).flatMap((one) => text(at(one, 'file'))),
  ]);
  const contexts = services.flatMap((service) => contextsOf(at(service, 'build')));
  return {
    project: text(at(root, 'name'))[0],
    paths: paths.filter((path) => !isOutside(path)),
    contexts: contexts.filter(({ path }) => !isOutside(path)),
    envFiles: envFiles.filter((path) => !isOutside(path)),
    secrets: entriesOf(at(root, 'secrets')).flatMap(([name, one]) => text(at(one, 'file')).map((file) => ({ name, file }))),
    outside: [...new Set([...paths, ...contexts.map(({ path }) => path)].filter(isOutside))].sort(),
    environment: entriesOf(at(root, 'services')).flatMap(([service, one]) =>
      assignments(at(one, 'environment')).map(([name, value]) => ({ service, name, value })),
    ),
    configured: entriesOf(at(root, 'services')).flatMap(([service, one]) =>
      at(at(one, 'x-windlass'), 'on_config_change') ? [] : many(at(one, 'configs'), 'source').map((config) => ({ service, config })),
    )[0],
  };
}

function contextsOf(build: Value | undefined): readonly BuildContext[] {
  const dockerfile = text(at(build, 'dockerfile'))[0] ?? 'Dockerfile';
  const context = build?.kind === 'map' && at(build, 'context') === undefined ? ['.'] : many(build, 'context');
  return relativePaths(context).map((path) => ({ path, dockerfile }));
}

const relativePaths = (paths: readonly string[]): readonly string[] =>
  [...new Set(paths.filter(isRelative).map((path) => posix.normalize(path).replace(/\/$/, '')))].sort();

/** Of a mapping, or of a list of `NAME=value`. */
function assignments(value: Value | undefined): readonly (readonly [string, string])[] {
  if (value?.kind === 'map') return entriesOf(value).flatMap(([name, one]) => text(one).map((found) => [name, found] as const));
  return many(value, '').flatMap((one) =>
    one.includes('=') ? [[one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)] as const] : [],
  );
}

const at = (value: Value | undefined, key: string): Value | undefined =>
  value?.kind === 'map' ? value.entries.get(key)?.value : undefined;

const entriesOf = (value: Value | undefined): readonly (readonly [string, Value])[] =>
  value?.kind === 'map' ? [...value.entries].map(([key, entry]) => [key, entry.value]) : [];

const valuesOf = (value: Value | undefined): readonly Value[] => entriesOf(value).map(([, one]) => one);

const text = (value: Value | undefined): readonly string[] => (value?.kind === 'scalar' && value.text !== '' ? [value.text] : []);

/** A text, a mapping with it behind `key`, or a list of either. */
function many(value: Value | undefined, key: string): readonly string[] {
  if (value?.kind === 'list') return value.items.flatMap((item) => many(item, key));
  return value?.kind === 'map' ? many(at(value, key), key) : text(value);
}

/** Not an absolute path, a URL or a variable. */
const isRelative = (path: string): boolean => !/^[/~]|^[a-z+]+:|\$/i.test(path) && !path.startsWith('git@');
const isOutside = (path: string): boolean => path === '..' || path.startsWith('../');
