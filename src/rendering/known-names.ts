import { nearest } from '../model/nearest.ts';
import { isViewObject, type ViewValue } from './view-object.ts';

/**
 * What a name may stand for before anything runs: values of the view with stand-ins, several where the elements of a list differ;
 * or `open`, which may have any name below it.
 */
export type Known = { readonly values: readonly ViewValue[] } | 'open';

/** A section that is open around a tag, the innermost first. `path` is where its value stands in the view. */
export interface KnownFrame {
  readonly known: Known;
  readonly path: readonly string[];
  readonly outer: KnownFrame | undefined;
}

export type KnownName = { readonly known: Known; readonly path: readonly string[] } | { readonly problem: string };

/** Whether a place of the view may hold other names than its values with stand-ins do. */
export type IsOpen = (path: readonly string[], known: { readonly values: readonly ViewValue[] }) => boolean;

/** Looks a dotted name up as rendering does, and complains only where no view could have it. */
export function findName(innermost: KnownFrame, parts: readonly string[], isOpen: IsOpen): KnownName {
  const [first = '', ...rest] = parts;
  for (let frame: KnownFrame | undefined = innermost; frame !== undefined; frame = frame.outer) {
    if (frame.known === 'open') return { known: 'open', path: [] };
    const found = below(frame.known, first);
    if (found !== undefined) return descend(found, [...frame.path, first], rest, isOpen);
  }
  const names = namesAround(innermost);
  return { problem: `unknown name "${parts.join('.')}"${suggestion(nearest(first, names), [], rest)}` };
}

function descend(found: Known, path: readonly string[], rest: readonly string[], isOpen: IsOpen): KnownName {
  const known = found === 'open' || isOpen(path, found) ? 'open' : found;
  const [part, ...further] = rest;
  if (part === undefined || known === 'open') return { known, path };
  const next = below(known, part);
  if (next !== undefined) return descend(next, [...path, part], further, isOpen);
  const names = known.values.filter(isViewObject).flatMap((value) => Object.keys(value));
  return { problem: `"${path.join('.')}" has no "${part}"${suggestion(nearest(part, names), path, further)}` };
}

/** The element of a list, or the value under a name; undefined where none of the values has it, open where that cannot be told. */
function below(known: Exclude<Known, 'open'>, part: string): Known | undefined {
  const values: ViewValue[] = [];
  for (const value of known.values) {
    // Whoever counts the elements knows more of the members than stand-ins do.
    if (Array.isArray(value) && (part === 'length' || /^\d+$/.test(part))) return 'open';
    if (!isViewObject(value) || !Object.hasOwn(value, part)) continue;
    const found = readLazily(value, part);
    if (found === undefined) return 'open';
    values.push(found);
  }
  return values.length > 0 ? { values } : undefined;
}

/** Undefined where the value cannot be had without a real container. */
function readLazily(object: { readonly [name: string]: ViewValue }, name: string): ViewValue | undefined {
  try {
    return object[name];
  } catch {
    return undefined;
  }
}

function namesAround(innermost: KnownFrame): readonly string[] {
  const names: string[] = [];
  for (let frame: KnownFrame | undefined = innermost; frame !== undefined; frame = frame.outer) {
    if (frame.known === 'open') continue;
    names.push(...frame.known.values.filter(isViewObject).flatMap((value) => Object.keys(value)));
  }
  return names;
}

const suggestion = (meant: string | undefined, before: readonly string[], rest: readonly string[]): string =>
  meant === undefined ? '' : `: did you mean "${[...before, meant, ...rest].join('.')}"?`;
