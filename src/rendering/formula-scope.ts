import type { Reading } from './reading.ts';
import { isViewObject, type ViewEntry, type ViewObject, type ViewValue, viewObject } from './view-object.ts';

/** The names that a formula may read, in the shape that CEL wants. */
export interface Scope {
  readonly root: ViewObject;
  readonly reading: Reading;
  /** The path under which a root name is recorded. */
  readonly pathOf: (name: string) => string;
  /** CEL's own results of the formulas among the root names: there a double that happens to be whole is still a double. */
  readonly results: Map<string, unknown>;
  /** Keys that a map turned out not to have, with those it has. */
  readonly misses: Map<string, readonly string[]>;
  /** What stands behind the values that CEL was given. */
  readonly originals: WeakMap<object, Original>;
}

interface Original {
  readonly value: ViewValue;
  readonly path: string | undefined;
}

/** A scope over the names of `root`. */
export function createScope(root: ViewObject, reading: Reading, pathOf: (name: string) => string = (name) => name): Scope {
  return { root, reading, pathOf, results: new Map(), misses: new Map(), originals: new WeakMap() };
}

/** The object that CEL looks root names up in; a name is read, and so computed and recorded, when CEL asks for it. */
export function celNames(scope: Scope): object {
  const names: object = Object.create(null);
  for (const name of Object.keys(scope.root)) {
    Object.defineProperty(names, name, {
      get: () => {
        const value = toCel(scope, scope.root[name], scope.pathOf(name));
        return scope.results.get(name) ?? value;
      },
    });
  }
  return names;
}

/** A number of the view is a CEL int when it is whole, else a double; maps and lists are read through, not copied. */
function toCel(scope: Scope, value: ViewValue | undefined, path: string | undefined): unknown {
  if (value === undefined) return undefined;
  if (isViewObject(value)) return throughMap(scope, value, path);
  if (path !== undefined) scope.reading.record(path);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'object' && value !== null) return throughList(scope, value);
  return value;
}

function throughMap(scope: Scope, map: ViewObject, path: string | undefined): object {
  // CEL tells maps by their constructor; a key of that name therefore stays out of a formula's reach.
  const has = (key: string | symbol): key is string => typeof key === 'string' && key !== 'constructor' && Object.hasOwn(map, key);
  const proxy = new Proxy(map, {
    get: (_, key) => (has(key) ? toCel(scope, map[key], path === undefined ? undefined : `${path}.${key}`) : undefined),
    getOwnPropertyDescriptor: (_, key) => {
      if (has(key)) return Reflect.getOwnPropertyDescriptor(map, key);
      scope.misses.set(String(key), Object.keys(map));
      return undefined;
    },
    ownKeys: () => {
      if (path !== undefined) scope.reading.record(path);
      return Object.keys(map).filter(has);
    },
  });
  scope.originals.set(proxy, { value: map, path });
  return proxy;
}

function throughList(scope: Scope, list: readonly ViewValue[]): object {
  const proxy = new Proxy(list, {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) return toCel(scope, target[Number(key)], undefined);
      return Reflect.get(target, key);
    },
  });
  scope.originals.set(proxy, { value: list, path: undefined });
  return proxy;
}

/** What CEL made of it as plain data; throws an error that says what it is where it is anything else. */
export function fromCel(scope: Scope, result: unknown): ViewValue {
  if (typeof result === 'string' || typeof result === 'boolean' || result === null) return result;
  if (typeof result === 'bigint') return wholeNumber(result);
  if (typeof result === 'number') {
    if (Number.isFinite(result)) return result;
    throw new Error(`the result is ${result}, which no file can mean: divide by something other than zero`);
  }
  const original = typeof result === 'object' ? scope.originals.get(result) : undefined;
  if (original?.path !== undefined) scope.reading.record(original.path);
  if (original !== undefined) return original.value;
  if (Array.isArray(result)) return result.map((item) => fromCel(scope, item));
  if (isPlain(result)) return viewObject(Object.entries(result).map(([key, value]): ViewEntry => [key, fromCel(scope, value)]));
  throw new Error(`the result is ${kindOf(result)}: a formula gives text, a number, true or false, null, a list or a map`);
}

function wholeNumber(result: bigint): number {
  const number = Number(result);
  if (Number.isSafeInteger(number)) return number;
  throw new Error('the result is beyond the whole numbers up to 2^53: write string(…) around it');
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

function kindOf(value: unknown): string {
  const name = typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
  const kinds: ReadonlyMap<string, string> = new Map([
    ['Optional', 'an optional; write .orValue(…) behind it'],
    ['Date', 'a timestamp; write string(…) or .getFullYear() and the like'],
    ['Duration', 'a duration; write .getSeconds() and the like'],
    ['UnsignedInt', 'an unsigned int; write int(…) around it'],
  ]);
  return kinds.get(name) ?? (value instanceof Uint8Array ? 'bytes; write string(…) around it' : 'no value');
}
