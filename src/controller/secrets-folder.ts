import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secrets } from '../model/application.ts';
import { Secret } from '../secret.ts';

/** Larger files are no secrets. */
const largest = 64 * 1024;

/** Every file of the secrets directory by name, without a line end at its end; no directory, no secrets. */
export async function readSecrets(directory: string): Promise<Secrets> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  const read = await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name))] as const));
  return Object.fromEntries(
    read
      .filter(([, bytes]) => bytes.length <= largest)
      .map(([name, bytes]) => [name, new Secret(bytes.toString('utf8').replace(/\r?\n$/, ''))]),
  );
}
