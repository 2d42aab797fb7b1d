/** A file that declarations name, or one of them, has at most so many bytes. */
export const largestDeclared = 8 * 2 ** 20;

/** Why a file of so many bytes is not read. */
export const tooLarge = (bytes: number): string => `has ${inMiB(bytes)}; one that is declared may have ${inMiB(largestDeclared)}`;

const inMiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/**
 * The files of a tree that are worth reading before anything is known: declarations, templates, Dockerfiles; not what images are made from,
 * and no links.
 */
export const isInitialFile = (path: string, mode: string): boolean => mode.startsWith('100') && isDeclaration(path);

/** Asked of every path of a tree: no expression here is tried at each place of it. */
function isDeclaration(path: string): boolean {
  if (path.startsWith('apps/') || path.startsWith('templates/')) return true;
  const slash = path.lastIndexOf('/');
  if (path === 'windlass.yaml' || (slash === 'environments'.length && path.startsWith('environments/'))) return true;
  const name = path.slice(slash + 1);
  return (
    name.startsWith('Dockerfile') ||
    namedEndings.some((ending) => name.endsWith(ending) && name !== ending) ||
    name.endsWith('.dockerignore')
  );
}

const namedEndings = ['.dockerfile', '.Dockerfile', '.mustache'];
