import fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import git, { type ReadTreeResult } from 'isomorphic-git';
import { WindlassError } from '../errors.ts';
import { packEntries, type TreeEntry } from '../model/image.ts';
import { createHttpClient } from './http-client.ts';
import { createLru } from './lru.ts';
import { createObjectSize, type ObjectSize } from './object-size.ts';

/** What a Git thread is asked. Objects are named by 40 hex digits. */
export type GitRequest =
  | { readonly kind: 'head'; readonly gitdir: string }
  | { readonly kind: 'branch'; readonly gitdir: string; readonly branch: string }
  | { readonly kind: 'commit'; readonly gitdir: string; readonly oid: string }
  | { readonly kind: 'tree'; readonly gitdir: string; readonly commit: string }
  | { readonly kind: 'blob'; readonly gitdir: string; readonly oid: string; readonly most: number }
  | ({ readonly kind: 'fetch'; readonly gitdir: string } & HttpFetch);

/** One fetch over HTTP: a branch's ref, or a commit. */
export interface HttpFetch {
  readonly url: string;
  readonly ref: string;
  /** Of this commit alone, without what came before it. */
  readonly shallow: boolean;
  /** How messages call the repository. */
  readonly name: string;
  readonly authorization: string | undefined;
}

export interface GitAnswers {
  /** The ref that HEAD names; where it names none, what it holds. */
  readonly head: string;
  /** Undefined: there is no such branch. */
  readonly branch: string | undefined;
  /** Undefined: there is no such commit. `committedAt` in seconds. */
  readonly commit: { readonly committedAt: number } | undefined;
  /** All files, ordered by path, as `packEntries` has them; submodules are left out. */
  readonly tree: string;
  /** The size alone where it is more than `most`. */
  readonly blob: Uint8Array | { readonly bytes: number };
  /** The commit that was brought. */
  readonly fetch: string | undefined;
}

type RawTree = ReadTreeResult['tree'];
type Store = <T>(read: (cache: object, sizeOf: ObjectSize) => Promise<T>) => Promise<T>;

/** More than any repository that windlass is for; a tree that holds itself ten times over would have no end. */
const mostFiles = 200_000;
/** Looks at a directory that somebody repacks again and again, before the object counts as unreadable. */
const mostLooks = 10;

/** Answers requests about any number of Git directories. */
export function createGitAnswers(): (request: GitRequest) => Promise<GitAnswers[GitRequest['kind']]> {
  const stores = new Map<string, Store>();
  const folders = createLru<RawTree>({ max: mostFiles, sizeOf: (entries) => entries.length + 1 });
  const storeOf = (gitdir: string): Store => {
    const store = stores.get(gitdir) ?? createStore(gitdir);
    stores.set(gitdir, store);
    return store;
  };
  const folder = async (gitdir: string, oid: string): Promise<RawTree> => {
    const known = folders.get(`${gitdir} ${oid}`);
    if (known !== undefined) return known;
    const { tree } = await storeOf(gitdir)((cache) => git.readTree({ fs, gitdir, cache, oid }));
    folders.set(`${gitdir} ${oid}`, tree);
    return tree;
  };
  return async (request) => {
    const { gitdir } = request;
    switch (request.kind) {
      case 'head':
        return git.resolveRef({ fs, gitdir, ref: 'HEAD', depth: 2 });
      case 'branch':
        return resolveBranch(gitdir, request.branch);
      case 'commit': {
        const reading = storeOf(gitdir)((cache) => git.readCommit({ fs, gitdir, cache, oid: request.oid }));
        const found = await absentAsUndefined(reading);
        return found && { committedAt: found.commit.committer.timestamp };
      }
      case 'tree':
        return packEntries(await listFiles(request.commit, (oid) => folder(gitdir, oid)));
      case 'blob':
        return readBlob(storeOf(gitdir), request);
      case 'fetch':
        return fetchOverHttp(gitdir, request);
    }
  };
}

function readBlob(store: Store, { gitdir, oid, most }: Extract<GitRequest, { kind: 'blob' }>): Promise<GitAnswers['blob']> {
  return store(async (cache, sizeOf) => {
    const bytes = await sizeOf(oid);
    if (bytes !== undefined && bytes > most) return { bytes };
    return (await git.readBlob({ fs, gitdir, cache, oid })).blob;
  });
}

async function fetchOverHttp(gitdir: string, { url, ref, shallow, name, authorization }: HttpFetch): Promise<string | undefined> {
  // Whoever gives the fetch up ends the thread.
  const http = createHttpClient({ name, authorization, signal: new AbortController().signal });
  const depth = shallow ? { depth: 1 } : {};
  const { fetchHead } = await git.fetch({ fs, http, gitdir, url, ref, remoteRef: ref, singleBranch: true, tags: false, ...depth });
  return fetchHead ?? undefined;
}

/**
 * isomorphic-git reads the packed refs first and the branch's own file then: one that `git pack-refs` moves in between is in neither.
 * A second look finds it.
 */
async function resolveBranch(gitdir: string, branch: string): Promise<string | undefined> {
  const look = () => absentAsUndefined(git.resolveRef({ fs, gitdir, ref: `refs/heads/${branch}` }));
  return (await look()) ?? look();
}

/**
 * Runs reads with isomorphic-git's cache of packs, which is thrown away when the packs on disk are others than before:
 * it would keep those that `git gc` has removed in memory. A read that fails meanwhile is done again.
 */
function createStore(gitdir: string): Store {
  let cache = {};
  let packs = '';
  let sizeOf = createObjectSize(gitdir, []);
  const refresh = async () => {
    const names = (await readdir(join(gitdir, 'objects', 'pack')).catch(() => [])).sort();
    const now = names.join(' ');
    if (now === packs) return;
    cache = {};
    sizeOf = createObjectSize(
      gitdir,
      names.filter((name) => name.endsWith('.idx')),
    );
    packs = now;
  };
  return async (read) => {
    await refresh();
    for (let look = 1; ; look++) {
      const used = cache;
      try {
        return await read(used, sizeOf);
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

async function absentAsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof git.Errors.NotFoundError || error instanceof git.Errors.ObjectTypeError) return undefined;
    throw error;
  }
}

async function listFiles(commit: string, folder: (oid: string) => Promise<RawTree>): Promise<readonly TreeEntry[]> {
  const files: TreeEntry[] = [];
  const pending = [{ oid: commit, path: '' }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of await folder(next.oid)) {
      const path = next.path + entry.path;
      if (entry.type === 'tree') pending.push({ oid: entry.oid, path: `${path}/` });
      if (entry.type === 'blob') files.push({ path, mode: entry.mode, oid: entry.oid });
    }
    if (files.length + pending.length > mostFiles) throw new WindlassError('git', `it has more than ${mostFiles} files`);
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
