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
    }
  | { readonly kind: 'ssh'; readonly url: string; readonly name: string };

/** Reads an http(s), ssh or file URL, `user@host:path` or a path; anything else is a WindlassError `git`. */
export function parseLocation(text: string): Location {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return httpLocation(text);
  if (scheme === 'file') return pathLocation(filePath(text));
  if (scheme === 'ssh') return sshUrl(text);
  if (scheme !== undefined) throw unreadable(`a ${scheme}:// URL`);
  if (/^[a-z]+::/i.test(text)) throw unreadable('a URL with a transport of its own');
  // As Git tells them apart: a colon before the first slash is host:path.
  if (/^[^/\\]+:/.test(text)) return sshAddress(text);
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

/** What may stand in an SSH address: it becomes arguments of git and ssh, and nothing in it may be an option or a shell's. */
const sshUser = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const sshHost = '(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\\[[0-9A-Fa-f:.]+\\])';
const sshPath = '[A-Za-z0-9_.~/][A-Za-z0-9_.,~/+@=:% -]*';
const sshUrlShape = new RegExp(`^ssh://(?:${sshUser}@)?${sshHost}(?::[0-9]{1,5})?/${sshPath}$`, 'i');
const sshAddressShape = new RegExp(`^(?:${sshUser}@)?${sshHost}:${sshPath}$`);

function sshUrl(text: string): Location {
  if (!sshUrlShape.test(text)) {
    // It may hold a password.
    throw new WindlassError('git', "the repository's SSH URL cannot be read: write one like ssh://git@git.example.com:22/acme/config.git");
  }
  const url = text.replace(/^ssh:/i, 'ssh:');
  return { kind: 'ssh', url, name: url };
}

function sshAddress(text: string): Location {
  if (!sshAddressShape.test(text)) {
    throw new WindlassError('git', "the repository's SSH address cannot be read: write one like git@git.example.com:acme/config.git");
  }
  return { kind: 'ssh', url: text, name: text };
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
    `the repository's address is ${what}, which windlass does not read: write an https:// URL (the token is a setting), an SSH address or the path of a repository on this machine`,
  );
}
