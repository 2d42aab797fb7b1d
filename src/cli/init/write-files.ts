import { access, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { Files } from './initial-files.ts';

/** Files and folders to be copied as they are: from where, and to which path of the repository. */
export type Copies = readonly { readonly from: string; readonly to: string }[];

/** Writes all of it, or nothing where any of it is there already. The paths of the files below the folder, sorted. */
export async function writeFiles(folder: string, files: Files, copies: Copies): Promise<readonly string[]> {
  const targets = [...files.keys(), ...copies.map(({ to }) => to)];
  const existing = await Promise.all(targets.map((path) => exists(join(folder, path)).then((is) => (is ? [path] : []))));
  if (existing.flat().length > 0) {
    throw new CliError(`nothing was written, for these are there already below ${folder}:`, { output: existing.flat().sort().join('\n') });
  }
  for (const [path, content] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const copied: string[] = [];
  for (const { from, to } of copies) {
    await cp(from, join(folder, to), { recursive: true, errorOnExist: true, force: false, filter: (path) => !/(^|\/)\.git$/.test(path) });
    copied.push(...(await filesBelow(folder, to)));
  }
  return [...new Set([...files.keys(), ...copied])].sort();
}

async function filesBelow(folder: string, path: string): Promise<readonly string[]> {
  const entries = await readdir(join(folder, path), { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
