import { includeKeys } from './compose-keys.ts';
import { readDotenv } from './dotenv.ts';
import type { Lookup } from './interpolation.ts';
import type { Issues } from './issues.ts';
import { type Cursor, cursor, fail, nonEmpty, quote, type Reading } from './reader.ts';
import { child, fields, list, oneOrMany } from './reader-collections.ts';
import { folderOf, pathIn, type TreeReader } from './repository-path.ts';
import { parseYaml } from './yaml-document.ts';
import type { MapEntry, MapValue, Value } from './yaml-value.ts';

/** Files that one application includes. */
const mostFiles = 100;

export interface IncludeContext {
  readonly tree: TreeReader;
  readonly issues: Issues;
  /** For `${…}` in the names of files. */
  readonly reading: Reading;
  readonly lookup: Lookup;
}

export interface Included {
  /** The file with everything that it includes. */
  readonly value: Value;
  /** What `${…}` falls back to in an included file, by its path. */
  readonly defaults: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

const sections = ['services', 'networks', 'volumes', 'configs', 'secrets'];

/**
 * Puts the top-level entries of the files under `include:` beside the file's own. A path in them is relative to the file in which it
 * stands.
 */
export function withIncludes(value: Value, context: IncludeContext): Included {
  const defaults = new Map<string, Readonly<Record<string, string>>>();
  const seen = new Set([value.place.file]);
  const load = (file: Value): Value => {
    const at = child(cursor(file, context.reading), 'include');
    if (at === undefined || file.kind !== 'map') return file;
    const included = list((item) => readEntry(item, context))(at)?.flat() ?? [];
    let result: MapValue = { ...file, entries: new Map([...file.entries].filter(([key]) => key !== 'include')) };
    for (const { at: item, path, envFiles } of included) {
      if (seen.has(path)) continue;
      seen.add(path);
      if (seen.size > mostFiles) return fail(at, `includes more than ${mostFiles} files`) ?? result;
      const bytes = context.tree.read(path);
      const parsed = bytes && parseYaml(path, bytes, context.issues);
      if (parsed === undefined) continue;
      defaults.set(path, defaultsOf(envFiles, context));
      result = addTo(result, load(parsed), item, context.issues);
    }
    return result;
  };
  return { value: load(value), defaults };
}

interface Entry {
  readonly at: Cursor;
  readonly path: string;
  readonly envFiles: readonly string[];
}

function readEntry(at: Cursor, { tree }: IncludeContext): readonly Entry[] {
  const file = (cursor: Cursor): string | undefined => {
    const written = nonEmpty(cursor);
    if (written === undefined) return undefined;
    const path = pathIn(folderOf(cursor.value.place.file), written);
    if (path === undefined) return fail(cursor, `must be a file of the repository, not ${quote(written)}`);
    return tree.has(path) ? path : fail(cursor, `names ${path}, which is not in the repository`);
  };
  const found = at.value.kind === 'map' ? fields(at, includeKeys) : undefined;
  if (at.value.kind === 'map' && found === undefined) return [];
  const paths = found === undefined ? [file(at)] : (found.require('path', oneOrMany(file)) ?? []);
  if (paths.length > 1) fail(at, 'merges several files into one; include each of them by itself');
  const [path] = paths;
  if (path === undefined) return [];
  const own = [`${folderOf(path)}/.env`.replace(/^\//, '')].filter((candidate) => tree.has(candidate));
  return [{ at, path, envFiles: found?.read('env_file', oneOrMany(file)) ?? own }];
}

function defaultsOf(files: readonly string[], { tree, issues, lookup }: IncludeContext): Readonly<Record<string, string>> {
  return Object.fromEntries(
    files.flatMap((file) => {
      const bytes = tree.read(file);
      return bytes === undefined ? [] : Object.entries(readDotenv(file, bytes, lookup, issues));
    }),
  );
}

function addTo(into: MapValue, included: Value, at: Cursor, issues: Issues): MapValue {
  if (included.kind !== 'map') return fail(at, 'includes a file that is no mapping') ?? into;
  const entries = new Map(into.entries);
  for (const [key, entry] of included.entries) {
    if (sections.includes(key)) entries.set(key, addSection(entries.get(key), entry, key, issues));
    else if (key === 'x-windlass') issues.add(entry.place, 'x-windlass stands in compose.yaml itself, or in a service');
    else if (!['version', 'name'].includes(key) && !key.startsWith('x-')) entries.set(key, entries.get(key) ?? entry);
  }
  return { ...into, entries };
}

function addSection(own: MapEntry | undefined, included: MapEntry, section: string, issues: Issues): MapEntry {
  if (own === undefined || own.value.kind !== 'map' || included.value.kind !== 'map') return own ?? included;
  const entries = new Map(own.value.entries);
  for (const [name, entry] of included.value.entries) {
    const other = entries.get(name);
    if (other === undefined) entries.set(name, entry);
    else issues.add(entry.place, `${section}.${name} stands in ${other.place.file} too`);
  }
  return { ...own, value: { ...own.value, entries } };
}
