import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, Parser } from 'yaml';
import type { Place } from '../model/application.ts';
import type { Issues } from './issues.ts';
import { whyNotParsed } from './nesting.ts';
import type { MapEntry, Value } from './yaml-value.ts';

const largestFile = 1024 * 1024;
/** Values of one document with every alias written out: far above any real file, far below what hurts. */
const mostValues = 200_000;

interface Conversion {
  readonly issues: Issues;
  placeAt(offset: number): Place;
  /** How far the text of that line, from 1, is indented. */
  indentOf(line: number): number;
  /** The latest node of each anchor so far: an alias means the one before it. */
  readonly anchors: Map<string, ParsedNode>;
  readonly done: Map<ParsedNode, Value>;
  readonly sizes: Map<Value, number>;
  readonly open: Set<ParsedNode>;
  /** How many entries `<<` may still copy. */
  merges: number;
}

/**
 * Reads one YAML document, as far as it can be understood in spite of mistakes, so that one does not hide the others; undefined where
 * nothing can be. The reasons are added to `issues`. An empty document is an empty map.
 */
export function parseYaml(file: string, bytes: Uint8Array, issues: Issues): Value | undefined {
  const start = { file, line: 1, column: 1 };
  const refuse = (message: string): undefined => issues.add(start, message) as undefined;
  if (bytes.length > largestFile) return refuse(`this file has ${bytes.length} bytes; a YAML file may have 1 MiB`);
  const text = decodeUtf8(bytes);
  if (text === undefined) return refuse('this file is not UTF-8 text');
  // The parser recurses, and a process whose stack is exhausted may end without an exception to catch.
  const obstacle = whyNotParsed(text);
  if (obstacle !== undefined) return refuse(obstacle);
  return parseText(file, text, issues);
}

/** Undefined where the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseText(file: string, text: string, issues: Issues): Value | undefined {
  const before = issues.count();
  const lineCounter = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // failsafe: every scalar stays text, to be typed after interpolation. Duplicates are looked for here: the library's way is quadratic.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false });
  const [document, second] = composer.compose(new Parser(lineCounter.addNewLine).parse(text), true, text.length);
  for (const error of document?.errors ?? []) issues.add(placeAt(error.pos[0]), `not YAML: ${error.message}`);
  if (issues.count() > before) return undefined;
  if (second !== undefined) issues.add(placeAt(second.range[0]), 'this file has a second document, which is not read');
  const contents = document?.contents ?? null;
  if (contents === null) return { kind: 'map', entries: new Map(), place: placeAt(0) };
  const lines = text.split('\n');
  const conversion: Conversion = {
    issues,
    placeAt,
    indentOf: (line) => lines[line - 1]?.search(/[^ ]|$/) ?? 0,
    anchors: new Map(),
    done: new Map(),
    sizes: new Map(),
    open: new Set(),
    merges: mostValues,
  };
  const value = convert(contents, conversion);
  if (value !== undefined && (conversion.sizes.get(value) ?? 0) > mostValues) {
    issues.add(placeAt(0), `this file has more than ${mostValues} values once its aliases are written out`);
    return undefined;
  }
  // What was to be copied and was not would look as if it were missing.
  return conversion.merges < 0 ? undefined : value;
}

function convert(node: ParsedNode, conversion: Conversion): Value | undefined {
  const place = conversion.placeAt(node.range[0]);
  if (isAlias(node)) return convertAlias(node.source, place, conversion);
  if (node.anchor !== undefined) conversion.anchors.set(node.anchor, node);
  if (!tagIsPlainYaml(node.tag)) conversion.issues.add(place, `the tag ${node.tag} is not carried out`);
  conversion.open.add(node);
  const value = convertNode(node, place, conversion);
  conversion.open.delete(node);
  if (value !== undefined) {
    conversion.done.set(node, value);
    conversion.sizes.set(value, sizeOf(value, conversion));
  }
  return value;
}

function convertAlias(anchor: string, place: Place, conversion: Conversion): Value | undefined {
  const node = conversion.anchors.get(anchor);
  if (node === undefined) conversion.issues.add(place, `there is no anchor &${anchor} before this alias`);
  else if (conversion.open.has(node)) conversion.issues.add(place, `*${anchor} stands within &${anchor} itself`);
  return node && conversion.done.get(node);
}

function convertNode(node: ParsedNode, place: Place, conversion: Conversion): Value | undefined {
  if (isMap<ParsedNode, ParsedNode | null>(node)) return { kind: 'map', entries: convertMap(node.items, conversion), place };
  if (isSeq<ParsedNode>(node)) {
    const items = node.items.map((item) => convert(item, conversion));
    return { kind: 'list', items: items.filter((item) => item !== undefined), place };
  }
  if (!isScalar(node)) return undefined;
  const plain = node.type === 'PLAIN' && node.tag !== 'tag:yaml.org,2002:str' && node.tag !== '!';
  const value = { kind: 'scalar', text: String(node.value ?? ''), plain, place } as const;
  return node.type === 'BLOCK_LITERAL' ? { ...value, begins: literalStart(value.text, place, conversion) } : value;
}

/** The line behind the `|`. The block is indented as far as its first line with anything on it, less what that one has of its own. */
function literalStart(text: string, { file, line }: Place, { indentOf }: Conversion): Place {
  const empty = Math.max(
    0,
    text.split('\n').findIndex((one) => one.trim() !== ''),
  );
  const own = text.split('\n')[empty]?.search(/[^ ]|$/) ?? 0;
  return { file, line: line + 1, column: indentOf(line + 1 + empty) - own + 1 };
}

type Pairs = readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[];

function convertMap(pairs: Pairs, conversion: Conversion): Map<string, MapEntry> {
  const { issues } = conversion;
  const own = new Map<string, MapEntry>();
  const merged: Value[] = [];
  for (const { key: keyNode, value: valueNode } of pairs) {
    const key = convert(keyNode, conversion);
    const value = valueNode === null ? emptyAfter(keyNode, conversion) : convert(valueNode, conversion);
    if (key === undefined || value === undefined) continue;
    if (key.kind !== 'scalar') issues.add(key.place, 'a key must be text');
    else if (key.text === '<<' && key.plain) merged.push(value);
    else if (key.text === '__proto__') issues.add(key.place, 'the key __proto__ is not allowed');
    else if (own.has(key.text)) issues.add(key.place, `the key ${key.text} stands here twice`);
    else own.set(key.text, { place: key.place, value });
  }
  for (const value of merged) merge(value, own, conversion);
  return own;
}

/** What stands in the map itself wins over what is merged, an earlier merge over a later one. */
function merge(value: Value, into: Map<string, MapEntry>, conversion: Conversion): void {
  for (const source of value.kind === 'list' ? value.items : [value]) {
    if (source.kind !== 'map') {
      conversion.issues.add(source.place, '<< merges mappings only');
      continue;
    }
    conversion.merges -= source.entries.size;
    if (conversion.merges < 0) {
      conversion.issues.add(source.place, `<< copies more than ${mostValues} entries in this file`);
      return;
    }
    for (const [key, entry] of source.entries) if (!into.has(key)) into.set(key, entry);
  }
}

function emptyAfter(node: ParsedNode, { placeAt }: Conversion): Value {
  return { kind: 'scalar', text: '', plain: true, place: placeAt(node.range[0]) };
}

function sizeOf(value: Value, { sizes }: Conversion): number {
  if (value.kind === 'scalar') return 1;
  const parts = value.kind === 'list' ? value.items : [...value.entries.values()].map((entry) => entry.value);
  return parts.reduce((sum, part) => sum + (sizes.get(part) ?? 1), 1);
}

const plainTags = new Set(['!', ...['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`)]);
const tagIsPlainYaml = (tag: string | undefined): boolean => tag === undefined || plainTags.has(tag);
