import { type Cursor, fail, quote } from './reader.ts';

/** An absolute path in the container, without `.`, `..` or a slash at its end. */
export function absolute(at: Cursor, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (!path.startsWith('/') || parts.includes('..') || path.includes('\0')) {
    return fail(at, `must be an absolute path in the container, not ${quote(path)}`);
  }
  return `/${parts.join('/')}`;
}

/** Octal digits, with or without `0` or `0o` before them. */
export function parseMode(text: string): number | undefined {
  return /^(?:0o)?[0-7]{1,5}$/.test(text) ? Number.parseInt(text.replace(/^0o/, ''), 8) : undefined;
}
