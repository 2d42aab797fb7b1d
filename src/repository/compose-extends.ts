import { didYouMean } from '../model/nearest.ts';
import { mergeService } from './compose-merge.ts';
import { extendsKeys } from './compose-service-keys.ts';
import type { Issues } from './issues.ts';
import { type Cursor, cursor, fail, nonEmpty, quote, type Reading } from './reader.ts';
import { child, fields } from './reader-collections.ts';
import { folderOf, pathIn, type TreeReader } from './repository-path.ts';
import { parseYaml } from './yaml-document.ts';
import type { MapEntry, Value } from './yaml-value.ts';

/** Services that extend each other over more files than this are a mistake. */
const deepest = 20;

export interface ExtendsContext {
  readonly tree: TreeReader;
  readonly issues: Issues;
  /** For `${…}` in the names of files and services. */
  readonly reading: Reading;
}

/** The services of a compose file, each merged over what it `extends:` in this or in another file of the repository. */
export function withExtends(services: Value, context: ExtendsContext): Value {
  if (services.kind !== 'map') return services;
  const files = new Map<string, Value | undefined>();
  const resolve: Resolve = (name, entry, siblings, way) => {
    const declared = child(cursor(entry.value, context.reading), 'extends');
    if (declared === undefined || entry.value.kind !== 'map') return entry.value;
    const at = { ...declared, path: `services.${name}.extends` };
    const own = without(entry.value, 'extends');
    const base = findBase(at, siblings, context, files);
    const step = base && `${base.file}#${base.name}`;
    if (base === undefined || step === undefined) return own;
    if (way.includes(step) || way.length > deepest)
      return fail(at, `extends itself: ${[...way, step].map((one) => one.split('#')[1]).join(' → ')}`) ?? own;
    const resolved = resolve(base.name, base.entry, base.siblings, [...way, step]);
    return mergeService(resolved, own);
  };
  const entries = new Map<string, MapEntry>();
  for (const [name, entry] of services.entries) {
    const way = [`${entry.place.file}#${name}`];
    entries.set(name, { ...entry, value: resolve(name, entry, services, way) });
  }
  return { ...services, entries };
}

type Resolve = (name: string, entry: MapEntry, siblings: Value, way: readonly string[]) => Value;

interface Base {
  readonly file: string;
  readonly name: string;
  readonly entry: MapEntry;
  readonly siblings: Value;
}

function findBase(at: Cursor, siblings: Value, context: ExtendsContext, files: Map<string, Value | undefined>): Base | undefined {
  const found = at.value.kind === 'map' ? fields(at, extendsKeys) : undefined;
  if (at.value.kind === 'map' && found === undefined) return undefined;
  const name = found === undefined ? nonEmpty(at) : found.require('service', nonEmpty);
  const fileAt = found?.get('file');
  const services = fileAt === undefined ? siblings : servicesOf(fileAt, context, files);
  if (name === undefined || services === undefined) return undefined;
  const known = services.kind === 'map' ? services.entries : new Map<string, MapEntry>();
  const entry = known.get(name);
  const file = services.place.file;
  if (entry !== undefined) return { file, name, entry, siblings: services };
  return fail(at, `names ${quote(name)}, which is no service of ${file}${didYouMean(name, known.keys())}`);
}

function servicesOf(at: Cursor, { tree, issues }: ExtendsContext, files: Map<string, Value | undefined>): Value | undefined {
  const written = nonEmpty(at);
  if (written === undefined) return undefined;
  const path = pathIn(folderOf(at.value.place.file), written);
  if (path === undefined) return fail(at, `leaves the repository: ${quote(written)}`);
  if (!tree.has(path)) return fail(at, `names ${path}, which is not in the repository`);
  if (!files.has(path)) {
    const bytes = tree.read(path);
    const value = bytes && parseYaml(path, bytes, issues);
    files.set(path, value?.kind === 'map' ? value.entries.get('services')?.value : undefined);
    if (value !== undefined && files.get(path) === undefined) fail(at, `names ${path}, which has no services:`);
  }
  return files.get(path);
}

function without(value: Value & { readonly kind: 'map' }, key: string): Value {
  return { ...value, entries: new Map([...value.entries].filter(([name]) => name !== key)) };
}
