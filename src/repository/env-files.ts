import { envFileKeys } from './compose-service-keys.ts';
import { readDotenv, readRaw } from './dotenv.ts';
import type { Lookup } from './interpolation.ts';
import { boolean, type Cursor, fail, nonEmpty, oneOf, quote } from './reader.ts';
import { fields, oneOrMany, record } from './reader-collections.ts';
import { folderOf, pathIn, type TreeReader } from './repository-path.ts';

export interface EnvironmentFileContext {
  readonly tree: TreeReader;
  readonly lookup: Lookup;
}

/** `env_file:` or `label_file:`: a path, a list of them, or `{ path, required, format }`; a later file wins. */
export function readEnvironmentFiles(at: Cursor, context: EnvironmentFileContext): Readonly<Record<string, string>> {
  const files = oneOrMany((item) => readOne(item, context))(at) ?? [];
  return record(files.flatMap((file) => Object.entries(file)));
}

function readOne(at: Cursor, { tree, lookup }: EnvironmentFileContext): Readonly<Record<string, string>> | undefined {
  const found = at.value.kind === 'map' ? fields(at, envFileKeys) : undefined;
  if (at.value.kind === 'map' && found === undefined) return undefined;
  const written = found === undefined ? nonEmpty(at) : found.require('path', nonEmpty);
  if (written === undefined) return undefined;
  const required = found?.read('required', boolean) ?? true;
  const format = found?.read('format', oneOf('raw'));
  const path = pathIn(folderOf(at.value.place.file), written);
  if (path === undefined) return fail(at, `leaves the repository: ${quote(written)}`);
  if (!tree.has(path)) return required ? fail(at, `names ${path}, which is not in the repository`) : undefined;
  const bytes = tree.read(path);
  if (bytes === undefined) return undefined;
  return format === 'raw' ? readRaw(path, bytes, at.reading.issues) : readDotenv(path, bytes, lookup, at.reading.issues);
}
