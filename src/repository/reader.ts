import type { Place } from '../model/application.ts';
import type { Issues } from './issues.ts';
import { plainAsCompose, typePlain, type Value } from './yaml-value.ts';

/** What goes along while a document is read. */
export interface Reading {
  readonly issues: Issues;
  /** Replaces `${…}` in a text before it is typed; undefined where it cannot, with the reason added to the issues. */
  readonly interpolate?: (text: string, place: Place) => string | undefined;
  /** Numbers become text the way Compose does it (`1.10` is 1.1), not as they are written. */
  readonly asCompose?: boolean;
}

/** A value with the words that lead to it (`services.web.ports[0]`), for messages. */
export interface Cursor {
  readonly value: Value;
  readonly path: string;
  readonly reading: Reading;
}

/** Turns a value into what it means; undefined, with the reason added to the issues, where it means nothing. */
export type Reader<T> = (at: Cursor) => T | undefined;

/** A cursor on a whole document. */
export const cursor = (value: Value, reading: Reading): Cursor => ({ value, path: '', reading });

/** The same value under another reading. */
export const withReading = (at: Cursor, reading: Reading): Cursor => ({ ...at, reading });

/** Adds `PATH MESSAGE` at the value's place. */
export function fail(at: Cursor, message: string, place: Place = at.value.place): undefined {
  at.reading.issues.add(place, at.path === '' ? message : `${at.path} ${message}`);
  return undefined;
}

/** A value for a message: short, on one line. */
export const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** Written as nothing, `~` or `null`; Compose takes that as not being there. */
export function isNull(at: Cursor): boolean {
  return at.value.kind === 'scalar' && at.value.plain && typePlain(at.value.text) === null;
}

interface ScalarText {
  readonly text: string;
  /** Plain in the file and without interpolation: YAML's types apply. */
  readonly plain: boolean;
}

/** The text of a scalar with `${…}` replaced. */
export function scalar(at: Cursor, expected = 'must be a single value'): ScalarText | undefined {
  const { value, reading } = at;
  if (value.kind !== 'scalar' || isNull(at)) return fail(at, expected);
  if (reading.interpolate === undefined || !value.text.includes('$')) return { text: value.text, plain: value.plain };
  const text = reading.interpolate(value.text, value.place);
  return text === undefined ? undefined : { text, plain: false };
}

/** Any single value as text. */
export const string: Reader<string> = (at) => {
  const found = scalar(at, 'must be text');
  return found && (found.plain && at.reading.asCompose ? plainAsCompose(found.text) : found.text);
};

/** Text with at least one character. */
export const nonEmpty: Reader<string> = (at) => {
  const text = string(at);
  return text === '' ? fail(at, 'must not be empty') : text;
};

/** A whole number, quoted or not. */
export function integer(least = 0, most = Number.MAX_SAFE_INTEGER): Reader<number> {
  const expected = most === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`;
  return (at) => {
    const found = scalar(at, `must be ${expected}`);
    if (found === undefined) return undefined;
    const value = found.plain ? typePlain(found.text) : /^[0-9]+$/.test(found.text) ? Number(found.text) : Number.NaN;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    return fail(at, `must be ${expected}, not ${quote(found.text)}`);
  };
}

/** `true` or `false`, quoted or not. */
export const boolean: Reader<boolean> = (at) => {
  const found = scalar(at, 'must be true or false');
  if (found === undefined) return undefined;
  if (/^(?:true|True|TRUE)$/.test(found.text)) return true;
  if (/^(?:false|False|FALSE)$/.test(found.text)) return false;
  return fail(at, `must be true or false, not ${quote(found.text)}`);
};

/** Text that `parse` understands; `expected` finishes the sentence "must be …". */
export function parsed<T>(parse: (text: string) => T | undefined, expected: string): Reader<T> {
  return (at) => {
    const found = scalar(at, `must be ${expected}`);
    if (found === undefined) return undefined;
    return parse(found.text) ?? fail(at, `must be ${expected}, not ${quote(found.text)}`);
  };
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Reader<T> {
  return parsed((text) => words.find((word) => word === text), words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`);
}
