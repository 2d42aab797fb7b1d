import type { Constant, Place } from '../model/application.ts';

/** A YAML document with aliases and merges resolved and a place on everything. Scalars keep their text: they are typed when read. */
export type Value = ScalarValue | ListValue | MapValue;

export interface ScalarValue {
  readonly kind: 'scalar';
  readonly text: string;
  /** Without quotes, so that `3`, `true` and nothing at all are not text. */
  readonly plain: boolean;
  readonly place: Place;
  /** Of a literal block (`|`): where its text begins, each line of it on one of the file's. */
  readonly begins?: Place;
}

export interface ListValue {
  readonly kind: 'list';
  readonly items: readonly Value[];
  readonly place: Place;
}

export interface MapValue {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly place: Place;
}

export interface MapEntry {
  /** Where the key stands. */
  readonly place: Place;
  readonly value: Value;
}

/** What a plain scalar is to Compose's YAML library: YAML 1.2 with the octal `0644` of 1.1; `yes`, `on` and dates are text. */
export function typePlain(text: string): string | number | boolean | null {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?0o?[0-7]+$/.test(text)) return signed(text, (digits) => Number.parseInt(digits.replace(/^0o?/, ''), 8));
  if (/^[-+]?0x[0-9a-fA-F]+$/.test(text)) return signed(text, (digits) => Number.parseInt(digits, 16));
  if (/^[-+]?0b[01]+$/.test(text)) return signed(text, (digits) => Number.parseInt(digits.slice(2), 2));
  if (/^[-+]?[0-9]+$/.test(text)) return Number(text);
  if (/^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  return text;
}

function signed(text: string, parse: (digits: string) => number): number {
  const value = parse(text.replace(/^[-+]/, ''));
  return text.startsWith('-') ? -value : value;
}

/** How Compose turns a plain scalar into text: `0644` is 420 and `1.10` is 1.1 by then. Numbers beyond 2^53 stay as written. */
export function plainAsCompose(text: string): string {
  const value = typePlain(text);
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return text;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : String(value);
}

/** All of a value as plain data, typed as `typePlain` does. */
export function constantOf(value: Value): Constant {
  if (value.kind === 'list') return value.items.map(constantOf);
  if (value.kind === 'map') return Object.fromEntries([...value.entries].map(([key, entry]) => [key, constantOf(entry.value)]));
  return value.plain ? typePlain(value.text) : value.text;
}
