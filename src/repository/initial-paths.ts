import type { TreeEntry } from '../model/image.ts';

/** The files of a tree that are worth reading before anything is known: declarations, templates, Dockerfiles; not what images are made from. */
export function initialPaths(entries: readonly TreeEntry[]): readonly string[] {
  return entries.filter(({ path, mode }) => mode.startsWith('100') && isDeclaration(path)).map(({ path }) => path);
}

const isDeclaration = (path: string): boolean =>
  path === 'windlass.yaml' ||
  /^(?:apps|templates)\//.test(path) ||
  /^environments\/[^/]+$/.test(path) ||
  /(?:^|\/)(?:Dockerfile[^/]*|[^/]+\.[dD]ockerfile|[^/]*\.dockerignore|[^/]+\.mustache)$/.test(path);
