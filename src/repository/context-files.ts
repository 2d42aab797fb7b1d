import dockerignore from '@balena/dockerignore';
import { messageOf, WindlassError } from '../errors.ts';
import type { TreeEntry } from '../model/image.ts';

/** The entry whose text says what a build context leaves out: `<Dockerfile>.dockerignore` before `.dockerignore`, as Docker has it. */
export function dockerignoreEntry(entries: readonly TreeEntry[], folder: string, dockerfile: string): TreeEntry | undefined {
  const find = (name: string) => entries.find(({ path }) => path === inFolder(folder, name));
  return find(`${dockerfile}.dockerignore`) ?? find('.dockerignore');
}

/**
 * The files of a build context, by their path in it, ordered by the bytes of that path. `folder` is the context's in the tree, empty for
 * its root. Submodules are left out. The Dockerfile is here only when nothing excludes it.
 */
export function contextFiles(entries: readonly TreeEntry[], folder: string, dockerignoreText: string | undefined): readonly TreeEntry[] {
  const prefix = inFolder(folder, '');
  const included = filter(dockerignoreText ?? '');
  const found = entries
    .filter(({ path, mode }) => path.startsWith(prefix) && /^1[02]/.test(mode))
    .map(({ mode, oid, path }) => ({ mode, oid, path: path.slice(prefix.length) }))
    .filter(({ path }) => included(path));
  return inByteOrder(found);
}

/** Entries in the order of their paths' bytes. */
export function inByteOrder(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.path) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ entry }) => entry);
}

/** A path of the context as the tree has it. */
function inFolder(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`;
}

/** The library's own default ignores case, which Docker does not. */
function filter(text: string): (path: string) => boolean {
  if (text.trim() === '') return () => true;
  const included = dockerignore
    .default({ ignorecase: false })
    .add(text.replace(/^\uFEFF/, ''))
    .createFilter();
  try {
    included('any/path');
  } catch (error) {
    throw new WindlassError('build', `a pattern of .dockerignore cannot be read: ${messageOf(error)}`);
  }
  return included;
}
