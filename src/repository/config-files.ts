import type { Place } from '../model/application.ts';
import { configKeys } from './compose-keys.ts';
import { type Cursor, fail, oneOf, quote, scalar, string } from './reader.ts';
import { entries, fields, type NamedCursor } from './reader-collections.ts';
import { folderOf, pathIn, type TreeReader } from './repository-path.ts';

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
  /** The secret of WINDLASS_SECRETS_DIR whose text it is. */
  readonly secret?: string;
  readonly confidential?: boolean;
  readonly begins?: Place;
  readonly folded?: boolean;
}

export interface ConfigSource {
  readonly tree: TreeReader;
}

const mustache = '.mustache';

/** The top-level `configs:` by name. */
export function readConfigDeclarations(at: Cursor | undefined, source: ConfigSource): ReadonlyMap<string, DeclaredConfig> {
  return new Map(entries(at).map((entry) => [entry.key, readDeclaration(entry, source) ?? { files: [] }]));
}

function readDeclaration(at: NamedCursor, source: ConfigSource): DeclaredConfig | undefined {
  const found = fields(at, configKeys);
  if (found === undefined) return undefined;
  const driver = found.read('template_driver', oneOf('mustache')) !== undefined;
  const content = found.get('content');
  const file = found.get('file');
  const refused = found.get('environment') ?? found.get('external');
  if (refused === undefined && (content === undefined) === (file === undefined)) return fail(at, 'needs either file or content');
  if (file !== undefined) return readFile(file, driver, source);
  const text = content && scalar(content)?.text;
  if (text === undefined || content?.value.kind !== 'scalar') return undefined;
  const { begins = content.value.place } = content.value;
  const folded = content.value.begins === undefined && /\n./.test(text);
  const bytes = new TextEncoder().encode(text);
  const { file: path } = at.value.place;
  return { files: [{ below: '', file: path, template: driver, executable: false, begins, ...(folded && { folded }), bytes }] };
}

function readFile(at: Cursor, driver: boolean, { tree }: ConfigSource): DeclaredConfig | undefined {
  const written = string(at);
  if (written === undefined) return undefined;
  const path = pathIn(folderOf(at.value.place.file), written);
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
