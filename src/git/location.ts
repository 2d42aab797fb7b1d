import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WindlassError } from '../errors.ts';

/** Where a repository is; `name` is how messages call it, without credentials. */
export type Location =
  | { readonly kind: 'path'; readonly path: string; readonly name: string }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly name: string;
      readonly username: string | undefined;
      readonly password: string | undefined;
    };

/** Reads an http(s) URL, a file URL or a path; anything else is a WindlassError `git`. */
export function parseLocation(text: string): Location {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return httpLocation(text);
  if (scheme === 'file') return pathLocation(filePath(text));
  if (scheme !== undefined) throw unreadable(`a ${scheme}:// URL`);
  if (/^[a-z]+::/i.test(text)) throw unreadable('a URL with a transport of its own');
  // As Git tells them apart: a colon before the first slash is host:path.
  if (/^[^/\\]+:/.test(text)) throw unreadable('an SSH address');
  if (text === '') throw new WindlassError('git', "the repository's address is empty: write an https:// URL or a path");
  return pathLocation(text);
}

function httpLocation(text: string): Location {
  try {
    const url = new URL(text);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    url.search = '';
    url.hash = '';
    const plain = url.href.replace(/\/+$/, '');
    return {
      kind: 'http',
      url: plain,
      name: plain,
      username: decodeURIComponent(username) || undefined,
      password: decodeURIComponent(password) || undefined,
    };
  } catch {
    // The cause would quote the credentials.
    throw new WindlassError('git', "the repository's URL cannot be read: write one like https://git.example.com/acme/config.git");
  }
}

function filePath(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw new WindlassError('git', `${text} names no path of this machine: write one like file:///srv/git/config.git`, { cause });
  }
}

function pathLocation(path: string): Location {
  const absolute = resolve(path);
  return { kind: 'path', path: absolute, name: absolute };
}

function unreadable(what: string): WindlassError {
  return new WindlassError(
    'git',
    `the repository's address is ${what}, which this version does not read: write an https:// URL (the token is a setting) or the path of a repository on this machine`,
  );
}
