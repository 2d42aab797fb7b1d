import { interpolate, type Lookup } from './interpolation.ts';
import type { Issues } from './issues.ts';
import { record } from './reader-collections.ts';
import { decodeUtf8 } from './yaml-document.ts';

const assignment = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*/;

/**
 * Reads `.env` and `env_file:` files as Compose does: `NAME=value`, `export`, comments, `'literal'`, `"with \n"` also over
 * several lines, `${…}` outside of single quotes from the lines above and then `lookup`. A name without a value is an
 * issue: windlass passes nothing of its own environment.
 */
export function readDotenv(file: string, bytes: Uint8Array, lookup: Lookup, issues: Issues): Readonly<Record<string, string>> {
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    issues.add({ file, line: 1, column: 1 }, 'this file is not UTF-8 text');
    return {};
  }
  const values = new Map<string, string>();
  const fromAbove: Lookup = (name) => {
    const above = values.get(name);
    return above === undefined ? lookup(name) : { text: above };
  };
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  for (let index = 0; index < lines.length; index++) {
    const place = { file, line: index + 1, column: 1 };
    const line = lines[index] ?? '';
    if (/^\s*(?:#|$)/.test(line)) continue;
    const match = assignment.exec(line);
    if (match?.[1] === undefined || match[1] === '__proto__') {
      issues.add(place, 'a line is NAME=value; windlass does not pass on its own environment');
      continue;
    }
    const value = readValue(lines, index, match[0].length);
    if (value === undefined) {
      issues.add(place, `the quote behind ${match[1]} is not closed, or something follows it`);
      break;
    }
    index = value.lastLine;
    const found = value.literal ? value.text : interpolate(value.text, fromAbove, place, issues);
    if (found !== undefined) values.set(match[1], found);
  }
  return record(values);
}

/** Reads lines of `NAME=value` as they stand: no quotes, no `${…}`; empty lines and those that start with `#` are passed over. */
export function readRaw(file: string, bytes: Uint8Array, issues: Issues): Readonly<Record<string, string>> {
  const text = decodeUtf8(bytes);
  if (text === undefined) issues.add({ file, line: 1, column: 1 }, 'this file is not UTF-8 text');
  const lines = (text ?? '').split(/\r?\n/);
  return record(
    lines.flatMap((line, index): readonly (readonly [string, string])[] => {
      if (/^\s*(?:#|$)/.test(line)) return [];
      const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
      if (name !== undefined && name !== '__proto__') return [[name, value]];
      issues.add({ file, line: index + 1, column: 1 }, 'a line is NAME=value; windlass does not pass on its own environment');
      return [];
    }),
  );
}

interface RawValue {
  readonly text: string;
  readonly literal: boolean;
  readonly lastLine: number;
}

function readValue(lines: readonly string[], index: number, column: number): RawValue | undefined {
  const rest = (lines[index] ?? '').slice(column);
  const quote = rest[0];
  if (quote !== "'" && quote !== '"') return { text: rest.replace(/(?:^|\s+)#.*$/, '').trim(), literal: false, lastLine: index };
  const above: string[] = [];
  for (let lastLine = index; lastLine < lines.length; lastLine++) {
    const line = lastLine === index ? rest.slice(1) : (lines[lastLine] ?? '');
    const end = closingQuote(line, quote);
    above.push(end === -1 ? line : line.slice(0, end));
    if (end === -1) continue;
    if (!/^\s*(?:#.*)?$/.test(line.slice(end + 1))) return undefined;
    const inside = above.join('\n');
    return { text: quote === '"' ? unescaped(inside) : inside, literal: quote === "'", lastLine };
  }
  return undefined;
}

function closingQuote(text: string, quote: string): number {
  for (let at = 0; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$$' };

function unescaped(text: string): string {
  return text.replace(/\\([nrt"\\$])/g, (_, character: string) => escapes[character] ?? character);
}
