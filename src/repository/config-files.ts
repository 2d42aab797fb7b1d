import type { ConfigFile, Reaction } from '../model/application.ts';
import { didYouMean } from '../model/nearest.ts';
import { composeConfig } from './compose-keys.ts';
import { type Cursor, fail, oneOf, parsed, quote, type Reader, scalar, string } from './reader.ts';
import { entries, type Fields, fields, list, type NamedCursor } from './reader-collections.ts';
import { folderOf, pathIn, type TreeReader } from './repository-path.ts';
import { absolute, parseMode } from './service-mounts.ts';

/** An entry of the top-level `configs:`: one file, or those of a folder. */
export interface DeclaredConfig {
  readonly files: readonly DeclaredFile[];
}

interface DeclaredFile {
  /** Below the target: empty for a single file, `/relative/path` in a folder. */
  readonly below: string;
  readonly file: string;
  readonly template: boolean;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
}

export interface ConfigSource {
  /** The compose file; paths are relative to its folder. */
  readonly file: string;
  readonly tree: TreeReader;
}

const mustache = '.mustache';

/** The top-level `configs:` by name. */
export function readConfigDeclarations(at: Cursor | undefined, source: ConfigSource): ReadonlyMap<string, DeclaredConfig> {
  return new Map(entries(at).map((entry) => [entry.key, readDeclaration(entry, source) ?? { files: [] }]));
}

function readDeclaration(at: NamedCursor, source: ConfigSource): DeclaredConfig | undefined {
  const found = fields(at, { known: ['file', 'content', 'template_driver'], compose: composeConfig });
  if (found === undefined) return undefined;
  const driver = found.read('template_driver', oneOf('mustache')) !== undefined;
  const content = found.get('content');
  const file = found.get('file');
  if ((content === undefined) === (file === undefined)) return fail(at, 'needs either file or content');
  if (file !== undefined) return readFile(file, driver, source);
  const text = content && scalar(content)?.text;
  if (text === undefined) return undefined;
  return { files: [{ below: '', file: source.file, template: driver, executable: false, bytes: new TextEncoder().encode(text) }] };
}

function readFile(at: Cursor, driver: boolean, { file, tree }: ConfigSource): DeclaredConfig | undefined {
  const written = string(at);
  if (written === undefined) return undefined;
  const path = pathIn(folderOf(file), written);
  if (path === undefined) return fail(at, `leaves the repository: ${quote(written)}`);
  const declared = (filePath: string, below: string): DeclaredFile => ({
    below,
    file: filePath,
    template: driver || filePath.endsWith(mustache),
    executable: tree.mode(filePath) === '100755',
    bytes: tree.read(filePath) ?? new Uint8Array(),
  });
  if (tree.has(path)) return isSymlink(at, path, tree) ? undefined : { files: [declared(path, '')] };
  const paths = tree.under(path);
  if (paths.length === 0) return fail(at, `names ${path}, which is neither a file nor a folder of the repository`);
  return {
    files: paths
      .filter((filePath) => !isSymlink(at, filePath, tree))
      .map((filePath) => declared(filePath, withoutSuffix(filePath.slice(path.length)))),
  };
}

const withoutSuffix = (path: string): string => (path.endsWith(mustache) ? path.slice(0, -mustache.length) : path);

function isSymlink(at: Cursor, path: string, tree: TreeReader): boolean {
  if (tree.mode(path) !== '120000') return false;
  fail(at, `names ${path}, which is a symbolic link`);
  return true;
}

/** A service's `configs:`, each file with its target. */
export function readConfigFiles(service: Fields, declared: ReadonlyMap<string, DeclaredConfig>): readonly ConfigFile[] {
  const files =
    service
      .read(
        'configs',
        list((at) => readEntry(at, declared)),
      )
      ?.flat() ?? [];
  const targets = files.map((file) => file.target);
  const twice = targets.find((target, index) => targets.indexOf(target) !== index);
  if (twice !== undefined) fail(service.get('configs') ?? service.at, `puts two files at ${twice}`);
  return files;
}

function readEntry(at: Cursor, declared: ReadonlyMap<string, DeclaredConfig>): readonly ConfigFile[] | undefined {
  if (at.value.kind !== 'map') {
    const source = string(at);
    return source === undefined ? undefined : place(at, source, `/${source}`, declared, {});
  }
  const found = fields(at, { known: ['source', 'target', 'uid', 'gid', 'mode'] });
  const source = found?.require('source', string);
  if (found === undefined || source === undefined) return undefined;
  const target = found.get('target') === undefined ? `/${source}` : found.read('target', (cursor) => absolute(cursor, string(cursor)));
  if (target === undefined) return undefined;
  const mode = found.read('mode', readMode);
  return place(at, source, target, declared, {
    uid: found.read('uid', readId) ?? 0,
    gid: found.read('gid', readId) ?? 0,
    ...(mode !== undefined && { mode }),
  });
}

type Ownership = Partial<Pick<ConfigFile, 'uid' | 'gid' | 'mode'>>;

function place(
  at: Cursor,
  source: string,
  target: string,
  declared: ReadonlyMap<string, DeclaredConfig>,
  ownership: Ownership,
): readonly ConfigFile[] | undefined {
  const config = declared.get(source);
  if (config === undefined) {
    return fail(at, `names ${quote(source)}, which is not under configs: at the top${didYouMean(source, declared.keys())}`);
  }
  return config.files.map(({ below, file, template, executable, bytes }) => ({
    source: `${source}${below}`,
    target: target === '/' ? below : `${target}${below}`,
    mode: executable ? 0o555 : 0o444,
    uid: 0,
    gid: 0,
    ...ownership,
    file,
    template,
    bytes,
  }));
}

const readId = parsed((text) => (/^[0-9]{1,9}$/.test(text) ? Number(text) : undefined), 'a number');

/** `0644`, `0o644` or `"0644"`. A decimal number is nearly always an octal one without its zero. */
const readMode: Reader<number> = (at) => {
  const found = scalar(at, 'must be an octal mode, for example 0644');
  if (found === undefined) return undefined;
  if (found.plain && /^[1-9][0-9]*$/.test(found.text)) {
    return fail(at, `is ${found.text}, which YAML reads as a decimal number; write 0${found.text}`);
  }
  return parseMode(found.text) ?? fail(at, `must be an octal mode, for example 0644, not ${quote(found.text)}`);
};

/** Complains where a reaction names a config that the service does not have, or leaves open which file `{{staged}}` is. */
export function checkReactions(
  at: Cursor,
  reactions: readonly Reaction[],
  configs: readonly ConfigFile[],
  declared: ReadonlyMap<string, DeclaredConfig>,
): void {
  const left = new Set(configs);
  for (const reaction of reactions) {
    for (const name of reaction.configs ?? []) {
      if (!declared.has(name) && !configs.some((file) => file.source === name)) {
        fail(at, `reacts to ${quote(name)}, which is not under configs: at the top${didYouMean(name, declared.keys())}`);
      }
    }
    const own = [...left].filter((file) => reaction.configs === undefined || reaction.configs.some((name) => covers(name, file)));
    for (const file of own) left.delete(file);
    checkStaged(at, reaction.check ?? [], own);
  }
}

/** A name means the entry under `configs:`; of a folder, all its files. */
const covers = (name: string, file: ConfigFile): boolean => file.source === name || file.source.startsWith(`${name}/`);

function checkStaged(at: Cursor, check: readonly string[], own: readonly ConfigFile[]): void {
  const sources = own.map((file) => file.source);
  for (const argument of check) {
    if (own.length > 1 && argument.includes('{{staged}}')) {
      fail(at, `checks {{staged}}, but there are several files: write ${sources.map((source) => `{{staged:${source}}}`).join(' or ')}`);
    }
    for (const [, source = ''] of argument.matchAll(/\{\{\s*staged:([^{}]*?)\s*\}\}/g)) {
      if (own.length > 0 && !sources.includes(source)) fail(at, `checks {{staged:${source}}}, which is none of ${sources.join(', ')}`);
    }
  }
}
