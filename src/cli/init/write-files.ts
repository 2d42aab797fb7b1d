import { constants, copyFile, lstat, mkdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { CliError } from '../cli-error.ts';
import type { Files } from './initial-files.ts';

/** Files to be copied as they are, and links: from where, and to which path of the repository. */
export type Copies = readonly { readonly from: string; readonly to: string }[];

/** Writes all of it, or nothing: where any of it is there already, and where something fails. The paths below the folder, sorted. */
export async function writeFiles(folder: string, files: Files, copies: Copies): Promise<readonly string[]> {
  const copied = copies.filter(({ to }) => !files.has(to));
  const targets = [...new Set([...files.keys(), ...copied.map(({ to }) => to)])].sort();
  const existing = await Promise.all(targets.map((path) => exists(join(folder, path)).then((is) => (is ? [path] : []))));
  if (existing.flat().length > 0) {
    throw new CliError(`nothing was written, for these are there already below ${folder}:`, { output: existing.flat().join('\n') });
  }
  const made: string[] = [];
  try {
    for (const [path, content] of files) {
      await write(join(folder, path), made, (target) => writeFile(target, content, { flag: 'wx' }));
    }
    for (const { from, to } of copied) await write(join(folder, to), made, (target) => copy(from, target));
  } catch (error) {
    for (const path of made.reverse()) await rm(path, { recursive: true, force: true });
    throw new CliError(`nothing was written below ${folder}: ${messageOf(error)}`);
  }
  return targets;
}

/** Notes what it makes, folders too, before anything can fail. */
async function write(target: string, made: string[], act: (target: string) => Promise<void>): Promise<void> {
  const first = await mkdir(dirname(target), { recursive: true });
  if (first !== undefined) made.push(first);
  try {
    await act(target);
  } catch (error) {
    // A file that is somebody else's stays; half of one's own does not.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) made.push(target);
    throw error;
  }
  made.push(target);
}

async function copy(from: string, target: string): Promise<void> {
  if ((await lstat(from)).isSymbolicLink()) await symlink(await readlink(from), target);
  else await copyFile(from, target, constants.COPYFILE_EXCL);
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
