/** The files of a tree that are worth reading before anything is known: declarations, templates, Dockerfiles; not what images are made from, and no links. */
export const isInitialFile = (path: string, mode: string): boolean => mode.startsWith('100') && isDeclaration(path);

const isDeclaration = (path: string): boolean =>
  path === 'windlass.yaml' ||
  /^(?:apps|templates)\//.test(path) ||
  /^environments\/[^/]+$/.test(path) ||
  /(?:^|\/)(?:Dockerfile[^/]*|[^/]+\.[dD]ockerfile|[^/]*\.dockerignore|[^/]+\.mustache)$/.test(path);
