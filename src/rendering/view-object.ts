import type { Constant } from '../model/application.ts';

/** What templates and formulas can see: plain data, no functions, nothing inherited. */
export type ViewValue = string | number | boolean | null | readonly ViewValue[] | ViewObject;
export interface ViewObject {
  readonly [name: string]: ViewValue;
}

/** A value, or how to come by it when it is first read; undefined leaves the name out. */
export type ViewEntry = readonly [name: string, value: ViewValue | (() => ViewValue) | undefined];

/** Orders text by code units, the same everywhere. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A map without a prototype whose names are in order; the last entry of a name wins, lazy ones are computed at most once. */
export function viewObject(entries: Iterable<ViewEntry>): ViewObject {
  // Without a prototype there is no setter behind __proto__: a label of that name is one like any other.
  const object: Record<string, ViewValue> = Object.create(null);
  const known = new Map(entries);
  for (const name of [...known.keys()].sort(byText)) {
    const value = known.get(name);
    if (typeof value === 'function') Object.defineProperty(object, name, { get: once(value), enumerable: true, configurable: true });
    else if (value !== undefined) object[name] = value;
  }
  return object;
}

/** Plain data of a declaration as a view shows it. */
export function viewOf(value: Constant): ViewValue {
  if (Array.isArray(value)) return value.map(viewOf);
  if (value === null || typeof value !== 'object') return value;
  return viewObject(Object.entries(value).map(([name, inner]) => [name, () => viewOf(inner)]));
}

/** The entries of a view object for another one, still unread. */
export const entriesOf = (object: ViewObject): readonly ViewEntry[] =>
  Object.keys(object).map((name) => [name, () => object[name] ?? null]);

export const isViewObject = (value: ViewValue | undefined): value is ViewObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | { readonly error: unknown } | undefined;
  return () => {
    known ??= attempt(compute);
    if ('error' in known) throw known.error;
    return known.value;
  };
}

function attempt<T>(compute: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: compute() };
  } catch (error) {
    return { error };
  }
}
