import { readFileSync } from 'node:fs';

/** The version in windlass's package.json, which stands some folders above this file, however it was compiled. */
export function readVersion(from: URL = new URL(import.meta.url)): string {
  const root = packageRoot(from);
  return (root && versionIn(new URL('package.json', root))) ?? 'unknown';
}

/** A file of windlass's own package, by its path in it. */
export const packageFile = (path: string): URL => new URL(path, packageRoot(new URL(import.meta.url)) ?? import.meta.url);

function packageRoot(from: URL): URL | undefined {
  for (let folder = new URL('.', from); ; folder = new URL('..', folder)) {
    if (versionIn(new URL('package.json', folder)) !== undefined) return folder;
    if (folder.pathname === '/') return undefined;
  }
}

function versionIn(file: URL): string | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8'));
    return name === 'windlass' ? version : undefined;
  } catch {
    return undefined;
  }
}
