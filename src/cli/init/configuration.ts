import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileAccess } from '../../repository/convert-binds.ts';
import { decodeUtf8 } from '../../repository/yaml-document.ts';

const largestConfig = 1024 * 1024;

/** Whether a path holds text of a size that people edit; of a folder, whether all files of it do. Programs' sources do not. */
export async function isConfiguration(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory()) {
    const entries = await readdir(path);
    if (entries.length === 0 || entries.length > 100 || entries.some((name) => name === '.git' || name === 'node_modules')) return false;
    const all = await Promise.all(entries.map((name) => isConfiguration(join(path, name))));
    return all.every(Boolean);
  }
  if (!stats?.isFile() || stats.size > largestConfig) return false;
  const bytes = await readFile(path).catch(() => undefined);
  return bytes !== undefined && !bytes.includes(0) && decodeUtf8(bytes) !== undefined;
}

/** Of a file, or of all files of a folder alike, mode and owner where not everybody may read it; else undefined. */
export async function narrowAccess(path: string): Promise<FileAccess | 'various' | undefined> {
  const found = await accessesBelow(path);
  if (found.every(({ mode }) => (mode & 0o004) !== 0)) return undefined;
  const [first] = found;
  const alike = found.every(({ mode, uid, gid }) => mode === first?.mode && uid === first.uid && gid === first.gid);
  return alike ? first : 'various';
}

async function accessesBelow(path: string): Promise<readonly FileAccess[]> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return [{ mode: stats.mode & 0o777, uid: stats.uid, gid: stats.gid }];
  return (await Promise.all((await readdir(path)).map((name) => accessesBelow(join(path, name))))).flat();
}
