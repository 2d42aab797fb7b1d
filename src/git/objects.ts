import fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import git, { type ReadTreeResult } from 'isomorphic-git';
import { messageOf, WindlassError } from '../errors.ts';
import { isBranchName } from '../model/branch-name.ts';
import type { TreeEntry } from '../model/image.ts';
import { createLru } from './lru.ts';

/** Reads a Git directory, whoever writes it. Commits and objects by 40 hex digits. */
export interface Objects {
  /** The branch that HEAD names; it may have no commit yet. */
  head(): Promise<string>;
  /** The commit of a branch; undefined where there is no such branch. */
  resolve(branch: string): Promise<string | undefined>;
  hasCommit(commit: string): Promise<boolean>;
  /** When it was committed. */
  committedAt(commit: string): Promise<Date>;
  /** All files, ordered by path; submodules are left out. */
  tree(commit: string): Promise<readonly TreeEntry[]>;
  /** The bytes of a file. */
  read(oid: string): Promise<Uint8Array>;
}

type RawTree = ReadTreeResult['tree'];

/** More than any repository that windlass is for; a tree that holds itself ten times over would have no end. */
const mostFiles = 200_000;
const blobBytes = 64 * 2 ** 20;
const treesKept = 16;
/** Looks at a directory that somebody repacks again and again, before the object counts as unreadable. */
const mostLooks = 10;

/** The Git directory lacks an object or holds a broken one. */
export class UnreadableObject extends WindlassError {}

export function createObjects({ gitdir, name }: { readonly gitdir: string; readonly name: string }): Objects {
  const blobs = createLru<Uint8Array>({ max: blobBytes, sizeOf: (bytes) => bytes.length });
  const trees = createLru<readonly TreeEntry[]>({ max: treesKept, sizeOf: () => 1 });
  const folders = createLru<RawTree>({ max: mostFiles, sizeOf: (entries) => entries.length + 1 });
  const store = createStore(gitdir);
  const failed = (what: string, error: unknown) => {
    if (error instanceof WindlassError) return error;
    // Paths become names in archives: isomorphic-git refuses "..", ".git" and slashes in a tree.
    const unsafe = error instanceof git.Errors.UnsafeFilepathError;
    const Kind = unsafe ? WindlassError : UnreadableObject;
    return new Kind('git', `cannot read ${what} of ${name}: ${messageOf(error)}`, { permanent: unsafe, cause: error });
  };

  const folder = async (oid: string): Promise<RawTree> => {
    const known = folders.get(oid);
    if (known !== undefined) return known;
    const { tree } = await store((cache) => git.readTree({ fs, gitdir, cache, oid }));
    folders.set(oid, tree);
    return tree;
  };
  return {
    head: async () => {
      const ref = await git
        .resolveRef({ fs, gitdir, ref: 'HEAD', depth: 2 })
        .catch((error: unknown) => Promise.reject(failed('HEAD', error)));
      if (ref.startsWith('refs/heads/')) return ref.slice('refs/heads/'.length);
      throw new WindlassError(
        'git',
        `HEAD of ${name} is at no branch: check one out (git symbolic-ref HEAD refs/heads/main in a bare repository)`,
      );
    },
    resolve: async (branch) => {
      // The name becomes a path in the Git directory.
      if (!isBranchName(branch)) return undefined;
      try {
        return await git.resolveRef({ fs, gitdir, ref: `refs/heads/${branch}` });
      } catch (error) {
        if (error instanceof git.Errors.NotFoundError) return undefined;
        throw failed(`branch ${branch}`, error);
      }
    },
    hasCommit: async (oid) => {
      try {
        await store((cache) => git.readCommit({ fs, gitdir, cache, oid }));
        return true;
      } catch (error) {
        if (error instanceof git.Errors.NotFoundError || error instanceof git.Errors.ObjectTypeError) return false;
        throw failed(`commit ${oid}`, error);
      }
    },
    committedAt: async (oid) => {
      const { commit } = await store((cache) => git.readCommit({ fs, gitdir, cache, oid })).catch((error: unknown) =>
        Promise.reject(failed(`commit ${oid}`, error)),
      );
      return new Date(commit.committer.timestamp * 1000);
    },
    tree: async (commit) => {
      const known = trees.get(commit);
      if (known !== undefined) return known;
      const entries = await listFiles(commit, folder, name).catch((error: unknown) => Promise.reject(failed(`commit ${commit}`, error)));
      trees.set(commit, entries);
      return entries;
    },
    read: async (oid) => {
      const known = blobs.get(oid);
      if (known !== undefined) return known;
      const { blob } = await store((cache) => git.readBlob({ fs, gitdir, cache, oid })).catch((error: unknown) =>
        Promise.reject(failed(`object ${oid}`, error)),
      );
      blobs.set(oid, blob);
      return blob;
    },
  };
}

/**
 * Runs reads with isomorphic-git's cache of packs, which is thrown away when the packs on disk are others than before:
 * it would keep those that `git gc` has removed in memory. A read that fails meanwhile is done again.
 */
function createStore(gitdir: string): <T>(read: (cache: object) => Promise<T>) => Promise<T> {
  let cache = {};
  let packs = '';
  const refresh = async () => {
    const now = (await readdir(join(gitdir, 'objects', 'pack')).catch(() => [])).sort().join(' ');
    if (now !== packs) cache = {};
    packs = now;
  };
  return async (read) => {
    await refresh();
    for (let look = 1; ; look++) {
      const used = cache;
      try {
        return await read(used);
      } catch (error) {
        await refresh();
        const repacked = cache !== used;
        // An object may have gone from a loose file into a known pack: a second look is always due.
        const absent = error instanceof git.Errors.NotFoundError && look > 1 && !repacked;
        if (absent || look === mostLooks) throw error;
        if (!repacked) cache = {};
        // Git removes a pack and its index one after the other: in between, the index names a file that is gone.
        if (look > 1) await setTimeout(look * 5);
      }
    }
  };
}

async function listFiles(commit: string, folder: (oid: string) => Promise<RawTree>, name: string): Promise<readonly TreeEntry[]> {
  const files: TreeEntry[] = [];
  const pending = [{ oid: commit, path: '' }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of await folder(next.oid)) {
      const path = next.path + entry.path;
      if (entry.type === 'tree') pending.push({ oid: entry.oid, path: `${path}/` });
      if (entry.type === 'blob') files.push({ path, mode: entry.mode, oid: entry.oid });
    }
    if (files.length + pending.length > mostFiles)
      throw new WindlassError('git', `${name} has more than ${mostFiles} files at commit ${commit}`);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
