import { createHash } from 'node:crypto';
import type { Action } from '../model/application.ts';
import { didYouMean } from '../model/nearest.ts';
import { type Cursor, fail, quote, string } from './reader.ts';
import { folderOf, pathIn, type TreeReader } from './repository-path.ts';

/** It is kept in memory with the config files, and streamed to each container. */
const largestScript = 1024 * 1024;

/** `action: { script: PATH }`, a path from the file that names it. Undefined, with an issue or a need added, where it cannot be had. */
export function readScript(at: Cursor, tree: TreeReader): Action | undefined {
  const written = string(at);
  if (written === undefined) return undefined;
  const file = pathIn(folderOf(at.value.place.file), written);
  if (file === undefined) return fail(at, `leaves the repository: ${quote(written)}`);
  if (!tree.has(file)) return fail(at, `names ${file}, which is no file of the repository${didYouMean(file, beside(tree, file))}`);
  if (tree.mode(file) === '120000') return fail(at, `names ${file}, which is a symbolic link`);
  if (file.endsWith('.mustache')) return fail(at, `names a template, and a script is taken as it is; have it read a config file instead`);
  const bytes = tree.read(file);
  if (bytes === undefined) return undefined;
  if (bytes.length > largestScript) return fail(at, `names ${file}, which is larger than ${largestScript} bytes`);
  return { kind: 'script', file, hash: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

const beside = (tree: TreeReader, file: string): readonly string[] => tree.paths.filter((path) => folderOf(path) === folderOf(file));
