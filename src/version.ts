import { readFileSync } from 'node:fs';

/** The version in windlass's package.json, which stands some folders above this file, however it was compiled. */
export function readVersion(from: URL = new URL(import.meta.url)): string {
  for (let folder = new URL('.', from); ; folder = new URL('..', folder)) {
    const version = versionIn(new URL('package.json', folder));
    if (version !== undefined) return version;
    if (folder.pathname === '/') return 'unknown';
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
