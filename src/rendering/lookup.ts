import { nearest } from '../model/nearest.ts';
import { isViewObject, type ViewValue } from './view-object.ts';

/** A value that names are looked up in, and the frame around it. `path` is where it stands in the view; undefined inside of a list. */
export interface Frame {
  readonly value: ViewValue;
  readonly path: string | undefined;
  readonly outer: Frame | undefined;
}

/** `path` is what the value counts as having been read under: the list, where it is an element of one. */
export type Found =
  | { readonly value: ViewValue; readonly path: string | undefined; readonly reads: string | undefined }
  | { readonly problem: string };

/**
 * Looks a dotted name up as Mustache does: the first part in the innermost frame that has it, the rest below that.
 * Own names only; a list has its indexes and `length`. May throw what reading a lazy value throws.
 */
export function lookUp(innermost: Frame, name: string): Found {
  if (name === '.') return { value: innermost.value, path: innermost.path, reads: innermost.path };
  const [first = '', ...rest] = name.split('.');
  let frame: Frame | undefined = innermost;
  while (frame !== undefined && !has(frame.value, first)) frame = frame.outer;
  if (frame === undefined) return { problem: unknownName(innermost, first, rest) };

  let value = get(frame.value, first);
  let path = below(frame, first);
  let reads = path ?? frame.path;
  for (const [at, part] of rest.entries()) {
    if (!has(value, part)) return { problem: unknownPart(value, [first, ...rest.slice(0, at)].join('.'), part, rest.slice(at + 1)) };
    path = Array.isArray(value) || path === undefined ? undefined : `${path}.${part}`;
    value = get(value, part);
    reads = path ?? reads;
  }
  return { value, path, reads };
}

/** A value in words, for a message. */
export function kindOf(value: ViewValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isViewObject(value)) return 'a map';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'a number' : 'true or false';
}

const below = (frame: Frame, name: string): string | undefined => {
  if (frame.outer === undefined) return name;
  return frame.path === undefined ? undefined : `${frame.path}.${name}`;
};

function has(value: ViewValue, name: string): boolean {
  if (Array.isArray(value)) return name === 'length' || (/^(?:0|[1-9]\d*)$/.test(name) && Object.hasOwn(value, name));
  return isViewObject(value) && Object.hasOwn(value, name);
}

function get(value: ViewValue, name: string): ViewValue {
  if (Array.isArray(value)) return name === 'length' ? value.length : (value[Number(name)] ?? null);
  return isViewObject(value) ? (value[name] ?? null) : null;
}

const namesOf = (value: ViewValue): readonly string[] => (isViewObject(value) ? Object.keys(value) : []);

function unknownName(innermost: Frame, first: string, rest: readonly string[]): string {
  const known: string[] = [];
  for (let frame: Frame | undefined = innermost; frame !== undefined; frame = frame.outer) known.push(...namesOf(frame.value));
  return `unknown name "${[first, ...rest].join('.')}"${suggestion(nearest(first, known), '', rest)}`;
}

function unknownPart(value: ViewValue, before: string, part: string, rest: readonly string[]): string {
  if (Array.isArray(value)) return `"${before}" is a list of ${value.length}: it has no "${part}"; write {{#${before}}}…{{/${before}}}`;
  if (!isViewObject(value)) return `"${before}" is ${kindOf(value)} here: it has no "${part}"`;
  const meant = nearest(part, namesOf(value));
  if (meant === undefined && /(?:^|\.)endpoints$/.test(before)) return unreachable(before, part, namesOf(value));
  return `"${before}" has no "${part}"${suggestion(meant, `${before}.`, rest)}`;
}

/** The usual reason is a reader on another host. */
function unreachable(before: string, port: string, reachable: readonly string[]): string {
  const others = reachable.length === 0 ? 'no port' : `only ${reachable.join(', ')}`;
  return `"${before}" has no "${port}": from here ${others} of that container can be reached; publish the port, or put both on one network of one host`;
}

function suggestion(meant: string | undefined, before: string, rest: readonly string[]): string {
  return meant === undefined ? '' : `: did you mean "${[`${before}${meant}`, ...rest].join('.')}"?`;
}
