import type { Tree } from '../model/image.ts';
import type { Issues } from './issues.ts';

/**
 * A path of the repository from one written in a file of `folder`: relative to it, `.` and `..` resolved, `''` for the root.
 * Undefined where it is absolute or leaves the repository.
 */
export function pathIn(folder: string, written: string): string | undefined {
  if (written.startsWith('/') || written.includes('\0') || written.includes('\\')) return undefined;
  const parts: string[] = [];
  for (const part of `${folder}/${written}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** The part of a path before its last `/`, `''` at the top. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** What files a tree has, and what of them has been read. */
export interface TreeReader {
  readonly commit: string;
  has(path: string): boolean;
  /** The bytes; undefined where there is no such file, and where it is still to be read, which `needs` then says; a link is an issue. */
  read(path: string): Uint8Array | undefined;
  mode(path: string): string | undefined;
  /** Paths of the files under a folder, sorted. */
  under(folder: string): readonly string[];
  readonly paths: readonly string[];
  /** Paths that were asked for and are still to be read. */
  needs(): readonly string[];
}

export function createTreeReader(tree: Tree, issues: Issues): TreeReader {
  const modes = new Map(tree.entries.map((entry) => [entry.path, entry.mode]));
  const paths = [...modes.keys()].sort();
  const needed = new Set<string>();
  const read = (path: string): Uint8Array | undefined => {
    if (modes.has(path) && !modes.get(path)?.startsWith('100')) {
      issues.add({ file: path, line: 1, column: 1 }, 'this is a symbolic link or submodule, which is not followed');
      return undefined;
    }
    const refused = tree.refused?.get(path);
    if (refused !== undefined) {
      issues.add({ file: path, line: 1, column: 1 }, `this file ${refused}`);
      return undefined;
    }
    const bytes = tree.files.get(path);
    if (bytes === undefined && modes.has(path)) needed.add(path);
    return bytes;
  };
  return {
    commit: tree.commit,
    has: (path) => modes.has(path),
    read,
    mode: (path) => modes.get(path),
    under: (folder) => paths.filter((path) => path.startsWith(`${folder}/`)),
    paths,
    needs: () => [...needed].sort(),
  };
}
