import fs from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import git from 'isomorphic-git';
import type { Clone } from './transport.ts';

/** As many packs slow every read down; without the machine's git, which can put them together, the clone is made afresh. */
export const mostPacks = 100;
const marker = 'windlass-clone';
const fetched = 'windlass-fetched';

/** Makes the clone's directory, empty, unless it is one of this URL already and can be added to. */
export async function prepare({ gitdir, url }: Clone, canRepack: boolean): Promise<void> {
  const origin = await readFile(join(gitdir, marker), 'utf8').catch(() => undefined);
  if (origin === url && (canRepack || (await countPacks(gitdir)) <= mostPacks)) return;
  await rm(gitdir, { recursive: true, force: true });
  await mkdir(gitdir, { recursive: true, mode: 0o700 });
  await git.init({ fs, gitdir, bare: true });
  // Fetched refs stand aside until their objects are on disk: isomorphic-git writes the ref first.
  await git.setConfig({ fs, gitdir, path: 'remote.origin.fetch', value: '+refs/heads/*:refs/incoming/*' });
  await writeFile(join(gitdir, marker), url);
}

export async function countPacks(gitdir: string): Promise<number> {
  const files = await readdir(join(gitdir, 'objects', 'pack')).catch(() => []);
  return files.filter((file) => file.endsWith('.pack')).length;
}

/** Keeps when the Git host was last asked and everything brought. */
export async function noteFetched({ gitdir }: Clone, at: Date): Promise<void> {
  await replaceFile(gitdir, join(gitdir, fetched), `${at.toISOString()}\n`);
}

/** What `noteFetched` has kept; undefined where the clone was never brought up to date. */
export async function lastFetched({ gitdir }: Pick<Clone, 'gitdir'>): Promise<Date | undefined> {
  const text = await readFile(join(gitdir, fetched), 'utf8').catch(() => '');
  const at = new Date(text.trim());
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** Moves a branch in one go: isomorphic-git's own write leaves the file empty for a moment, in which the branch would be gone. */
export async function setBranch({ gitdir }: Clone, branch: string, commit: string): Promise<void> {
  const path = join(gitdir, 'refs', 'heads', branch);
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(gitdir, path, `${commit}\n`);
}

/** Makes HEAD and the branches what the Git host has; one that is gone there is gone here. */
export async function settleRefs({ gitdir }: Clone, head: string, branches: ReadonlySet<string>): Promise<void> {
  await replaceFile(gitdir, join(gitdir, 'HEAD'), `ref: refs/heads/${head}\n`);
  for (const branch of await git.listBranches({ fs, gitdir })) {
    if (!branches.has(branch)) await git.deleteRef({ fs, gitdir, ref: `refs/heads/${branch}` });
  }
}

async function replaceFile(gitdir: string, path: string, content: string): Promise<void> {
  const unfinished = join(gitdir, 'windlass-ref');
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}
