import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { InvalidArgumentError } from 'commander';
import { author } from './author.ts';
import type { Io } from './io.ts';

export interface Author {
  readonly name: string;
  readonly email: string;
}

/** `Name <email>`. */
export function parseAuthor(text: string): Author {
  const [, name, email] = /^([^<>]+?) *<([^<>]+)>$/.exec(text.trim()) ?? [];
  if (name === undefined || email === undefined) throw new InvalidArgumentError('It is "Name <email>".');
  return { name, email };
}

/** Whom git would name as the author of a commit made here, else the user of this machine. */
export async function gitAuthor({ env }: Pick<Io, 'env'>): Promise<Author> {
  const user = author() ?? 'somebody';
  const { stdout } = await promisify(execFile)('git', ['var', 'GIT_AUTHOR_IDENT'], { env }).catch(() => ({ stdout: '' }));
  const [, name, email] = /^([^<>]+) <([^<>]+)> /.exec(stdout) ?? [];
  return name !== undefined && email !== undefined ? { name, email } : { name: user, email: `${user}@${hostname()}` };
}
