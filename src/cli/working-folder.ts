import { createHash } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Tree, TreeEntry } from '../model/image.ts';
import { largestDeclared, tooLarge } from '../repository/initial-files.ts';
import { CliError } from './cli-error.ts';

/** The files of a folder as the tree that a commit of all of them would have; what is only in a build context may go unread. */
export async function readWorkingFolder(folder: string): Promise<Tree> {
  const entries: TreeEntry[] = [];
  const files = new Map<string, Uint8Array>();
  const refused = new Map<string, string>();
  for (const path of await filesUnder(folder, '')) {
    const absolute = join(folder, path);
    const stats = await lstat(absolute);
    const bytes = stats.isSymbolicLink()
      ? Buffer.from(await readlink(absolute))
      : stats.size <= largestDeclared
        ? await readFile(absolute)
        : undefined;
    if (bytes) files.set(path, bytes);
    else refused.set(path, tooLarge(stats.size));
    entries.push({ path, mode: modeOf(stats), oid: blobId(bytes ?? Buffer.from(`${path} ${stats.size} ${stats.mtimeMs}`)) });
  }
  return { commit: '0'.repeat(40), entries, files, refused };
}

async function filesUnder(folder: string, prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await list(join(folder, prefix))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.name === '.git') continue;
    if (entry.isDirectory()) found.push(...(await filesUnder(folder, path)));
    else if (entry.isFile() || entry.isSymbolicLink()) found.push(path);
  }
  return found;
}

async function list(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new CliError(`cannot read ${folder}: ${messageOf(error)}`);
  }
}

function modeOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return '120000';
  return (stats.mode & 0o111) === 0 ? '100644' : '100755';
}

/** As `git hash-object` names it. */
const blobId = (bytes: Uint8Array) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
