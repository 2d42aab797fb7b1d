import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, type Pair, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';
import type { Constant } from '../model/application.ts';
import { createIssues } from './issues.ts';
import { parseYaml } from './yaml-document.ts';
import { type Style, yamlBlock, yamlFlow } from './yaml-text.ts';
import { constantOf } from './yaml-value.ts';

/** A value to write at a path of keys, or undefined to take what is there away. */
export interface YamlEdit {
  readonly path: readonly string[];
  readonly value: Constant | undefined;
}

export type EditedYaml = { readonly text: string } | { readonly problem: string };

type Map = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
type Entry = Pair<ParsedNode, ParsedNode | null>;

/** The text between two offsets is another one. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Changes one value of a YAML file and leaves every other byte as it is, which writing the document anew would not. What
 * comes out is read again and compared: a change that would be more than the one asked for (an anchor, a merge) is a problem.
 */
export function editYaml(file: string, text: string, edit: YamlEdit): EditedYaml {
  const before = contentOf(file, text);
  if (before === undefined) return { problem: `${file} cannot be read` };
  const splice = edit.value === undefined ? removal(text, edit.path) : setting(text, edit.path, edit.value);
  if (typeof splice === 'string') return { problem: `${file}: ${splice}` };
  const edited = text.slice(0, splice.from) + splice.text + text.slice(splice.to);
  const expected = edited === text ? before : withEdit(before, edit);
  const after = contentOf(file, edited);
  if (after !== undefined && isDeepStrictEqual(prune(after), prune(expected))) return { text: edited };
  return {
    problem: `${file}: ${edit.path.join('.')} cannot be changed without changing more (an anchor or a merge?): edit the file by hand`,
  };
}

/** What stands at a path of keys; undefined: nothing, or the file cannot be read. */
export function valueInYaml(file: string, text: string, path: readonly string[]): Constant | undefined {
  return path.reduce<Constant | undefined>(
    (found, key) => (isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined),
    contentOf(file, text),
  );
}

function contentOf(file: string, text: string): Constant | undefined {
  const value = parseYaml(file, Buffer.from(text), createIssues());
  return value && constantOf(value);
}

function withEdit(content: Constant, { path, value }: YamlEdit): Constant {
  const [key, ...rest] = path;
  if (key === undefined) return value ?? null;
  const { [key]: found = {}, ...others } = isRecord(content) ? content : {};
  if (rest.length === 0 && value === undefined) return others;
  return { ...others, [key]: withEdit(found, { path: rest, value }) };
}

/** Mappings that hold nothing are not there: with its last entry a mapping goes too. */
function prune(content: Constant): Constant {
  if (!isRecord(content)) return content;
  const kept = Object.entries(content).map(([key, value]) => [key, prune(value)] as const);
  return Object.fromEntries(kept.filter(([, value]) => !(isRecord(value) && Object.keys(value).length === 0)));
}

const isRecord = (content: Constant | undefined): content is Readonly<Record<string, Constant>> =>
  typeof content === 'object' && content !== null && !Array.isArray(content);

interface Found {
  /** The mappings on the way, each with the entry that leads on. */
  readonly steps: readonly { readonly map: Map; readonly pair: Entry }[];
  /** The last mapping on the way; undefined where the file has none. */
  readonly last: Map | undefined;
  /** Keys that are not there. */
  readonly missing: readonly string[];
}

function find(text: string, path: readonly string[]): Found | string {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false });
  const steps: { map: Map; pair: Entry }[] = [];
  let node: ParsedNode | null = document.contents as ParsedNode | null;
  for (const [depth, key] of path.entries()) {
    if (node === null || (isScalar(node) && node.source === '')) return { steps, last: steps.at(-1)?.map, missing: path.slice(depth) };
    if (!isParsedMap(node)) return `${path.slice(0, depth).join('.') || 'the file'} is no mapping of its own`;
    const pair: Entry | undefined = node.items.find((one) => isScalar(one.key) && one.key.value === key);
    if (pair === undefined) return { steps, last: node, missing: path.slice(depth) };
    steps.push({ map: node, pair });
    node = pair.value;
  }
  return { steps, last: steps.at(-1)?.map, missing: [] };
}

const isParsedMap = (node: ParsedNode): node is Map => isMap(node);

function setting(text: string, path: readonly string[], value: Constant): Splice | string {
  const found = find(text, path);
  if (typeof found === 'string') return found;
  const { steps, last, missing } = found;
  const pair = steps.at(-1)?.pair;
  if (last === undefined) return append(text, missing, value);
  if (missing.length === 0 && pair) return replacement(text, pair, value);
  // What leads there holds nothing yet (`variables:`).
  if (pair && last === steps.at(-1)?.map) return filling(text, last, pair, missing, value);
  return insertion(text, last, missing, value);
}

function append(text: string, path: readonly string[], value: Constant): Splice {
  const line = endOfLine(text);
  const start = text === '' || text.endsWith('\n') ? '' : line;
  return { from: text.length, to: text.length, text: `${start}${yamlBlock(path, value, styleAt(text, 0))}${line}` };
}

function replacement(text: string, { key, value: old }: Entry, value: Constant): Splice | string {
  const colon = colonAfter(text, key);
  if (colon === undefined) return `nothing stands behind ${String(key)}`;
  if (old === null || old.range[1] <= colon) return { from: colon, to: colon, text: ` ${yamlFlow(value)}` };
  const block = !('flow' in old && old.flow) && (!isScalar(old) || old.type === 'BLOCK_LITERAL' || old.type === 'BLOCK_FOLDED');
  if (!block) return { from: old.range[0], to: old.range[1], text: yamlFlow(value, isScalar(old) ? old.type : undefined) };
  return { from: colon, to: contentEnd(text, old.range[1]), text: ` ${yamlFlow(value)}` };
}

function filling(text: string, map: Map, { key }: Entry, path: readonly string[], value: Constant): Splice | string {
  const colon = colonAfter(text, key);
  if (colon === undefined) return `nothing stands behind ${String(key)}`;
  if (map.flow) return { from: colon, to: colon, text: ` ${yamlFlow(nested(path, value))}` };
  const at = lineEnd(text, colon);
  const style = styleAt(text, columnOf(text, key.range[0]));
  const inner = { ...style, indent: style.indent + style.step };
  return { from: at, to: at, text: `${style.line}${yamlBlock(path, value, inner)}` };
}

function insertion(text: string, map: Map, path: readonly string[], value: Constant): Splice | string {
  const [name = '', ...rest] = path;
  const [start, end] = map.range;
  const last = map.items.at(-1);
  if (last === undefined || map.flow) {
    const entry = `${yamlFlow(name)}: ${yamlFlow(nested(rest, value))}`;
    if (last === undefined) return { from: start, to: end, text: `{ ${entry} }` };
    const at = Math.max(last.key.range[1], last.value?.range[1] ?? 0);
    return { from: at, to: at, text: `, ${entry}` };
  }
  const first = map.items[0]?.key ?? last.key;
  const at = lineEnd(text, contentEnd(text, Math.max(last.key.range[1], last.value?.range[1] ?? 0)));
  const style = styleAt(text, columnOf(text, first.range[0]));
  // Sections at the top that stand apart go on doing so.
  const apart = style.indent === 0 && text.slice(last.key.range[0], at).includes('\n') ? style.line : '';
  return { from: at, to: at, text: `${style.line}${apart}${yamlBlock(path, value, style)}` };
}

function removal(text: string, path: readonly string[]): Splice | string {
  const found = find(text, path);
  if (typeof found === 'string') return found;
  if (found.missing.length > 0) return `${path.join('.')} is not there`;
  // A mapping goes with its last entry, but not the file's own.
  const depth = found.steps.findLastIndex(({ map }, index) => map.items.length > 1 || index === 0);
  const step = found.steps[depth];
  if (step === undefined) return `${path.join('.')} is not there`;
  return step.map.flow ? flowRemoval(step.map, step.pair) : blockRemoval(text, step.pair);
}

function flowRemoval({ items, range }: Map, pair: Entry): Splice {
  const index = items.indexOf(pair);
  const next = items[index + 1];
  const before = items[index - 1];
  const end = Math.max(pair.key.range[1], pair.value?.range[1] ?? 0);
  if (next) return { from: pair.key.range[0], to: next.key.range[0], text: '' };
  if (before) return { from: Math.max(before.key.range[1], before.value?.range[1] ?? 0), to: end, text: '' };
  return { from: range[0], to: range[1], text: '{}' };
}

function blockRemoval(text: string, pair: Entry): Splice | string {
  const start = pair.key.range[0];
  const from = start - columnOf(text, start);
  if (text.slice(from, start).trim() !== '') return `${String(pair.key)} stands behind something else on its line`;
  const to = lineEnd(text, contentEnd(text, Math.max(pair.key.range[1], pair.value?.range[1] ?? 0)));
  return { from, to: to + lengthOfBreak(text, to), text: '' };
}

const nested = (path: readonly string[], value: Constant): Constant =>
  path.reduceRight<Constant>((inner, key) => ({ [key]: inner }), value);

/** Behind the colon of a key; undefined where there is none. */
function colonAfter(text: string, key: ParsedNode): number | undefined {
  const found = /^[ \t]*:/.exec(text.slice(key.range[1], key.range[1] + 200));
  return found ? key.range[1] + found[0].length : undefined;
}

/** A block's range takes the line breaks behind it along. */
const contentEnd = (text: string, end: number): number => text.slice(0, end).trimEnd().length;

function lineEnd(text: string, from: number): number {
  const next = text.indexOf('\n', from);
  if (next < 0) return text.length;
  return text[next - 1] === '\r' && next > from ? next - 1 : next;
}

const lengthOfBreak = (text: string, at: number): number => (text.startsWith('\r\n', at) ? 2 : text[at] === '\n' ? 1 : 0);

const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);

const endOfLine = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** How this file is written: its line breaks, and how far one level is indented. */
function styleAt(text: string, indent: number): Style {
  const step = /^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2;
  return { indent, step, line: endOfLine(text) };
}
