import type { Constant } from '../model/application.ts';
import { typePlain } from './yaml-value.ts';

/** How a file is written. */
export interface Style {
  /** Spaces before a key. */
  readonly indent: number;
  /** Spaces that one level has more than the one above it. */
  readonly step: number;
  /** What ends a line. */
  readonly line: string;
}

/** What needs no quotes anywhere in YAML, and is no number or the like to any reader of it. */
const bare = /^[A-Za-z_./][A-Za-z0-9_./@%+=-]*(?: [A-Za-z0-9_./@%+=-]+)*$/;
const otherTypes = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** A value on one line; a text keeps the quotes that the one before it had. */
export function yamlFlow(value: Constant, style?: string): string {
  if (typeof value === 'string') return yamlString(value, style);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `[${value.map((item) => yamlFlow(item)).join(', ')}]`;
  const entries = Object.entries(value).map(([key, entry]) => `${yamlFlow(key)}: ${yamlFlow(entry)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function yamlString(text: string, style: string | undefined): string {
  if (style === 'QUOTE_SINGLE' && /^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  if (style !== 'QUOTE_DOUBLE' && bare.test(text) && !otherTypes.test(text) && typePlain(text) === text) return text;
  return JSON.stringify(text);
}

/** Keys below each other, the last with the value; without an indented first line's break. */
export function yamlBlock(path: readonly string[], value: Constant, { indent, step, line }: Style): string {
  const lines = path.map((key, depth) => `${' '.repeat(indent + depth * step)}${yamlFlow(key)}:`);
  return `${lines.join(line)} ${yamlFlow(value)}`;
}
