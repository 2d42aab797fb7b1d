import type { Place } from '../model/application.ts';
import { didYouMean, nearest } from '../model/nearest.ts';
import { compare } from './issues.ts';
import { type Cursor, fail, isNull, type Reader, string } from './reader.ts';

/** The keys of a mapping: those that are read, and what to say of others. */
export interface Keys {
  readonly known: readonly string[];
  /** The rest of the sentence for a key that deserves a better one. */
  readonly hints?: ReadonlyMap<string, string>;
}

/** A mapping whose keys are fixed. A key with nothing behind it counts as not being there. */
export interface Fields {
  readonly at: Cursor;
  get(key: string): Cursor | undefined;
  read<T>(key: string, reader: Reader<T>): T | undefined;
  /** Another key is meant for this one, which is an issue already: that it is missing is none of its own. */
  mistyped(key: string): boolean;
  /** As read; a missing key is an issue. */
  require<T>(key: string, reader: Reader<T>): T | undefined;
}

/** Reads a mapping with fixed keys; each other key is an issue. */
export function fields(at: Cursor, keys: Keys): Fields | undefined {
  if (at.value.kind !== 'map') return fail(at, 'must be a mapping');
  for (const [key, { place }] of at.value.entries) {
    const complaint = complaintAbout(key, keys);
    if (complaint !== undefined) at.reading.issues.add(place, `${under(at, key)} ${complaint}`);
  }
  const get = (key: string) => child(at, key);
  const read = <T>(key: string, reader: Reader<T>): T | undefined => {
    const found = get(key);
    return found && reader(found);
  };
  const unknown = [...at.value.entries.keys()].filter((key) => complaintAbout(key, keys) !== undefined);
  const mistyped = (key: string) => unknown.some((other) => nearest(other, suggested(keys)) === key);
  const require = <T>(key: string, reader: Reader<T>): T | undefined => {
    const found = get(key);
    if (found) return reader(found);
    return mistyped(key) ? undefined : fail(at, at.path === '' ? `${key} is missing` : `needs ${key}`);
  };
  return { at, get, read, mistyped, require };
}

function complaintAbout(key: string, keys: Keys): string | undefined {
  if (keys.known.includes(key)) return undefined;
  const hint = keys.hints?.get(key);
  if (hint !== undefined) return hint;
  if (key === 'x-windlass') return 'has no meaning here; it stands at the top of compose.yaml or in a service';
  if (key.startsWith('x-')) return nearest(key, ['x-windlass'], 2) && 'is unknown; did you mean x-windlass?';
  return `is unknown${didYouMean(key, suggested(keys))}`;
}

const suggested = ({ known, hints }: Keys): readonly string[] => [...known, ...(hints?.keys() ?? [])];

/** The value behind a key, whatever else the mapping holds; undefined where there is none. */
export function child(at: Cursor, key: string): Cursor | undefined {
  if (at.value.kind !== 'map') return undefined;
  const entry = at.value.entries.get(key);
  if (entry === undefined) return undefined;
  const found = { value: entry.value, path: under(at, key), reading: at.reading };
  return isNull(found) ? undefined : found;
}

const under = (at: Cursor, key: string): string => (at.path === '' ? key : `${at.path}.${key}`);

export interface NamedCursor extends Cursor {
  readonly key: string;
  readonly keyPlace: Place;
}

/** The entries of a mapping whose keys are names, by name; with nothing behind a name its cursor is null. */
export function entries(at: Cursor | undefined): readonly NamedCursor[] {
  if (at === undefined) return [];
  if (at.value.kind !== 'map') return fail(at, 'must be a mapping') ?? [];
  return [...at.value.entries]
    .sort(([a], [b]) => compare(a, b))
    .map(([key, { place, value }]) => ({ key, keyPlace: place, value, path: under(at, key), reading: at.reading }));
}

/** A list, each item read by `reader`; items that mean nothing are left out. */
export function list<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (at) => {
    if (at.value.kind !== 'list') return fail(at, 'must be a list');
    return at.value.items
      .map((value, index) => reader({ value, path: `${at.path}[${index}]`, reading: at.reading }))
      .filter((item) => item !== undefined);
  };
}

/** A list, or one item without the brackets. */
export function oneOrMany<T>(reader: Reader<T>): Reader<readonly T[]> {
  const many = list(reader);
  return (at) => {
    if (at.value.kind === 'list') return many(at);
    const one = reader(at);
    return one === undefined ? undefined : [one];
  };
}

/** A mapping of names to text. */
export const stringMap: Reader<Readonly<Record<string, string>>> = (at) =>
  record(entries(at).map((entry) => [entry.key, isNull(entry) ? '' : string(entry)]));

/** argv: a list of texts, the first of which is a program. */
export const argv: Reader<readonly string[]> = (at) => {
  if (at.value.kind !== 'list') return fail(at, 'must be a list of arguments, for example ["nginx", "-t"]');
  const found = list(string)(at);
  return found?.[0] === undefined || found[0] === '' ? fail(at, 'must name a program') : found;
};

/** A record of the pairs that have a value, sorted by name, so that equal content is equal in every respect. */
export function record<T>(pairs: Iterable<readonly [string, T | undefined]>): Readonly<Record<string, T>> {
  const present: [string, T][] = [];
  for (const [key, value] of pairs) if (value !== undefined) present.push([key, value]);
  return Object.fromEntries(present.sort(([a], [b]) => compare(a, b)));
}

/** The same without what is undefined, so that what is not said is absent. */
export function present<T extends object>(values: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Checks a name against one of model/names.ts; the message is the schema's. */
export function checkName(at: NamedCursor, schema: NameSchema): boolean {
  const result = schema.safeParse(at.key);
  if (result.success) return true;
  at.reading.issues.add(at.keyPlace, `${at.path}: ${result.error?.issues[0]?.message ?? 'is not a name'}`);
  return false;
}

interface NameSchema {
  safeParse(value: unknown): {
    readonly success: boolean;
    readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined;
  };
}
