import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { WindlassError } from '../errors.ts';
import type { Fence } from '../model/step.ts';

/** Keeps the newest run that a host has seen of each application, on disk, so that an older one cannot act after it. */
export interface FenceGuard {
  /** Throws WindlassError `fenced` for a run older than the newest seen; remembers a newer one before anything is done for it. */
  pass(fence: Fence): Promise<void>;
}

const mostTargets = 1_000;

export async function createFenceGuard(directory: string): Promise<FenceGuard> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'fences.json');
  const newest = new Map<string, number>(Object.entries(await read(path)));
  let writing = Promise.resolve();
  return {
    pass: async ({ target, token }) => {
      const known = newest.get(target) ?? 0;
      if (token < known) throw new WindlassError('fenced', `a newer run has taken over ${target}`);
      if (token === known) return writing;
      newest.set(target, token);
      // Tokens rise with time: what has not run for so long that a thousand others have since is gone.
      if (newest.size > mostTargets)
        for (const [old] of [...newest].sort(([, a], [, b]) => a - b).slice(0, -mostTargets)) newest.delete(old);
      // A disk that was full for one run must not refuse every run after it.
      writing = writing.catch(() => {}).then(() => write(path, Object.fromEntries(newest)));
      await writing;
    },
  };
}

async function read(path: string): Promise<Record<string, number>> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    const known: unknown = JSON.parse(text);
    return Object.fromEntries(Object.entries(known as object).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
  } catch {
    return {};
  }
}

async function write(path: string, content: object): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(content));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
