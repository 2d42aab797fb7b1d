import fs from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import git, { type HttpClient } from 'isomorphic-git';
import { messageOf, WindlassError } from '../errors.ts';

/** isomorphic-git cannot repack; a clone of this many fetches is made afresh. */
const mostPacks = 100;
const marker = 'windlass-clone';

/** One bare clone and where it comes from. */
export interface Clone {
  readonly gitdir: string;
  readonly url: string;
  readonly name: string;
}

/** Makes the clone's directory, empty, unless it is one of this URL already. */
export async function prepare({ gitdir, url }: Clone): Promise<void> {
  const origin = await readFile(join(gitdir, marker), 'utf8').catch(() => undefined);
  const packs = (await readdir(join(gitdir, 'objects', 'pack')).catch(() => [])).filter((file) => file.endsWith('.pack'));
  if (origin === url && packs.length <= mostPacks) return;
  await rm(gitdir, { recursive: true, force: true });
  await mkdir(gitdir, { recursive: true, mode: 0o700 });
  await git.init({ fs, gitdir, bare: true });
  // Fetched refs stand aside until their objects are on disk: isomorphic-git writes the ref first.
  await git.setConfig({ fs, gitdir, path: 'remote.origin.fetch', value: '+refs/heads/*:refs/incoming/*' });
  await writeFile(join(gitdir, marker), url);
}

/** Branches of the Git host by name, and the one that its HEAD names. */
export async function askRefs(
  http: HttpClient,
  { url, name }: Clone,
): Promise<{ readonly head: string; readonly branches: ReadonlyMap<string, string> }> {
  const refs = await git.listServerRefs({ http, url, protocolVersion: 1, symrefs: true }).catch((error: unknown) => {
    if (error instanceof WindlassError) throw error;
    throw new WindlassError('git', `${name} does not answer like a Git host: check its URL (${firstLine(error)})`, { cause: error });
  });
  const branches = new Map(
    refs.filter(({ ref }) => ref.startsWith('refs/heads/')).map(({ ref, oid }) => [ref.slice('refs/heads/'.length), oid]),
  );
  const target = refs.find(({ ref }) => ref === 'HEAD')?.target;
  if (target === undefined || branches.size === 0) {
    throw new WindlassError('git', `${name} has no commit at its HEAD branch yet: push one`, { permanent: false });
  }
  return { head: target.replace(/^refs\/heads\//, ''), branches };
}

/** Brings a branch's objects: of its newest commit alone or, where the clone has an older one, what is new since. */
export async function fetchBranch(http: HttpClient, { gitdir, url }: Clone, branch: string, known: boolean): Promise<void> {
  const ref = `refs/heads/${branch}`;
  await git.fetch({ fs, http, gitdir, url, ref, remoteRef: ref, singleBranch: true, tags: false, ...(known ? {} : { depth: 1 }) });
}

/** Moves a branch in one go: isomorphic-git's own write leaves the file empty for a moment, in which the branch would be gone. */
export async function setBranch({ gitdir }: Clone, branch: string, commit: string): Promise<void> {
  const path = join(gitdir, 'refs', 'heads', branch);
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(gitdir, path, `${commit}\n`);
}

/** Brings one commit that no followed branch is at. A Git host that does not have it, or does not give it, answers with nothing. */
export async function fetchCommit(http: HttpClient, { gitdir, url }: Clone, commit: string): Promise<void> {
  await git.fetch({ fs, http, gitdir, url, ref: commit, remoteRef: commit, singleBranch: true, tags: false, depth: 1 });
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

/** isomorphic-git quotes the whole page that it got instead. */
const firstLine = (error: unknown): string => messageOf(error).split('\n', 1)[0]?.slice(0, 200) ?? '';
