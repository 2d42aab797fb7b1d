import { posix } from 'node:path';
import { createIssues } from './issues.ts';
import { parseYaml } from './yaml-document.ts';
import type { Value } from './yaml-value.ts';

/** What a Compose file names, as far as it can be read. */
export interface ComposeReferences {
  /** Its `name:`. */
  readonly project: string | undefined;
  /** Files and folders that it takes from beside itself, bind mounts excepted. */
  readonly paths: readonly string[];
  /** The same, above its own folder. */
  readonly outside: readonly string[];
}

export function composeReferences(bytes: Uint8Array): ComposeReferences {
  const root = parseYaml('compose.yaml', bytes, createIssues());
  const services = valuesOf(at(root, 'services'));
  const named = [
    ...services.flatMap((service) => [
      ...many(at(service, 'env_file'), 'path'),
      ...many(at(service, 'label_file'), 'path'),
      ...many(at(service, 'build'), 'context'),
      ...many(at(service, 'extends'), 'file'),
    ]),
    ...many(at(root, 'include'), 'path'),
    ...[...valuesOf(at(root, 'configs')), ...valuesOf(at(root, 'secrets'))].flatMap((one) => text(at(one, 'file'))),
  ];
  const paths = [...new Set(named.filter(isRelative).map((path) => posix.normalize(path).replace(/\/$/, '')))].sort();
  return {
    project: text(at(root, 'name'))[0],
    paths: paths.filter((path) => !isOutside(path)),
    outside: paths.filter(isOutside),
  };
}

const at = (value: Value | undefined, key: string): Value | undefined =>
  value?.kind === 'map' ? value.entries.get(key)?.value : undefined;

const valuesOf = (value: Value | undefined): readonly Value[] =>
  value?.kind === 'map' ? [...value.entries.values()].map((entry) => entry.value) : [];

const text = (value: Value | undefined): readonly string[] => (value?.kind === 'scalar' && value.text !== '' ? [value.text] : []);

/** A text, a mapping with it behind `key`, or a list of either. */
function many(value: Value | undefined, key: string): readonly string[] {
  if (value?.kind === 'list') return value.items.flatMap((item) => many(item, key));
  return value?.kind === 'map' ? many(at(value, key), key) : text(value);
}

/** Not an absolute path, a URL or a variable. */
const isRelative = (path: string): boolean => !/^[/~]|^[a-z+]+:|\$/i.test(path) && !path.startsWith('git@');
const isOutside = (path: string): boolean => path === '..' || path.startsWith('../');
