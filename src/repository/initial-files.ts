/** A file that declarations name, or one of them, has at most so many bytes. */
export const largestDeclared = 8 * 2 ** 20;

/** Why a file of so many bytes is not read. */
export const tooLarge = (bytes: number): string => `has ${inMiB(bytes)}; one that is declared may have ${inMiB(largestDeclared)}`;

const inMiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** The files of a tree that are worth reading before anything is known: declarations, templates, Dockerfiles; not what images are made from, and no links. */
export const isInitialFile = (path: string, mode: string): boolean => mode.startsWith('100') && isDeclaration(path);

const isDeclaration = (path: string): boolean =>
  path === 'windlass.yaml' ||
  /^(?:apps|templates)\//.test(path) ||
  /^environments\/[^/]+$/.test(path) ||
  /(?:^|\/)(?:Dockerfile[^/]*|[^/]+\.[dD]ockerfile|[^/]*\.dockerignore|[^/]+\.mustache)$/.test(path);
