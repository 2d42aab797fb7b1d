import { rm } from 'node:fs/promises';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { lastFetched, noteFetched, prepare, setBranch, settleRefs } from './clone.ts';
import { commitAndPush, gitToCommit } from './commit.ts';
import type { GitThread } from './create-git-thread.ts';
import { diskFailure } from './git-transfer.ts';
import { createObjects, type Objects, UnreadableObject } from './objects.ts';
import type { Repository } from './repository.ts';
import type { SystemGit } from './system-git.ts';
import { tidyClone } from './tidy-clone.ts';
import type { Clone, Transport } from './transport.ts';
import { createSharedRun, createTurn } from './turns.ts';

export interface RemoteRepositoryOptions {
  readonly clone: Clone;
  readonly transport: Transport;
  readonly git: SystemGit | undefined;
  readonly thread: GitThread;
  readonly branches: () => readonly string[];
  /** Commits that must stay readable though no branch names them any more; undefined: that cannot be said now. */
  readonly needed: () => Promise<ReadonlySet<string> | undefined>;
  readonly now: () => Date;
  readonly log: Log;
}

/**
 * A repository behind a URL, kept as a shallow bare clone of windlass's own. One fetch at a time; one that is asked for
 * while another runs begins after it, so that it sees what was pushed before. A clone that cannot be read is made afresh.
 */
export function openRemoteRepository(options: RemoteRepositoryOptions): Repository {
  const { clone, transport, git, thread, log } = options;
  const inTurn = createTurn();
  const inUse = createInUse(options.now);
  let objects = createObjects({ ...clone, thread });

  const afresh = async (error: unknown, signal: AbortSignal) => {
    log.warn({ repository: clone.name, error: messageOf(error) }, 'the clone cannot be read and is made afresh');
    await rm(clone.gitdir, { recursive: true, force: true });
    objects = createObjects({ ...clone, thread });
    await unlessDisk(clone, update(options, objects, inUse.commits, signal));
  };
  const fetch = createSharedRun(inTurn, async (signal) => {
    try {
      await unlessDisk(clone, update(options, objects, inUse.commits, signal));
    } catch (error) {
      if (signal.aborted || !broken(error)) throw error;
      await afresh(error, signal);
    }
  });
  const bring = async (commit: string, signal: AbortSignal) => {
    if (await objects.hasCommit(commit)) return;
    await prepare(clone, git !== undefined);
    await unlessDisk(clone, transport.bringCommit(commit, signal));
    if (await objects.hasCommit(commit)) return;
    throw new WindlassError('git', `${clone.name} does not give commit ${commit}: is it still on a branch?`);
  };
  /** Reads; brings the commit if it is missing; at last makes the clone afresh. */
  const reading = async <T>(read: (objects: Objects) => Promise<T>, commit?: string): Promise<T> => {
    const before = objects;
    if (commit !== undefined) inUse.add(commit);
    const recover = async (error: unknown) => {
      if (!broken(error)) throw error;
      if (objects !== before) return read(objects);
      const { signal } = new AbortController();
      try {
        if (commit !== undefined) await bring(commit, signal);
        return await read(objects);
      } catch (again) {
        if (!broken(again)) throw again;
        await afresh(again, signal);
        if (commit !== undefined) await bring(commit, signal);
        return read(objects);
      }
    };
    return read(before).catch((error: unknown) => inTurn(() => recover(error)));
  };
  return {
    name: clone.name,
    remote: true,
    fetch: (signal = new AbortController().signal) => fetch(signal),
    fetchedAt: () => lastFetched(clone),
    commit: (request, signal = new AbortController().signal) =>
      inTurn(() => {
        const way = { ...transport.pushing(), git: gitToCommit(git, clone.name), gitdir: clone.gitdir, name: clone.name, options: [] };
        return commitAndPush(way, request, signal);
      }),
    head: () => reading((current) => current.head()),
    resolve: (branch) => objects.resolve(branch),
    committedAt: (commit) => reading((current) => current.committedAt(commit), commit),
    hasCommit: (commit) => objects.hasCommit(commit).catch(() => false),
    tree: (commit) => reading((current) => current.tree(commit), commit),
    packed: (commit) => reading((current) => current.packed(commit), commit),
    read: (oid, most) => reading((current) => current.read(oid, most)),
  };
}

/** Longer than anything reads on from a commit that it has begun with. */
const inUseMs = 24 * 3_600_000;

/** The commits that were asked for lately. */
function createInUse(now: () => Date) {
  const asked = new Map<string, number>();
  return {
    add: (commit: string) => void asked.set(commit, now().getTime()),
    commits: (): ReadonlySet<string> => {
      for (const [commit, at] of asked) if (now().getTime() - at >= inUseMs) asked.delete(commit);
      return new Set(asked.keys());
    },
  };
}

/** Brings the clone up to date, and reads what it brought before a branch is moved to it. */
async function update(
  options: RemoteRepositoryOptions,
  objects: Objects,
  inUse: () => ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const { clone, transport, git, branches, now } = options;
  await prepare(clone, git !== undefined);
  const refs = await transport.refs(signal);
  const followed = new Map([refs.head, ...branches()].flatMap((branch) => pair(branch, refs.branches.get(branch))));
  const missing = [];
  for (const [branch, commit] of followed) {
    const before = await objects.resolve(branch);
    const known = before !== undefined && (await objects.hasCommit(before));
    if (before !== commit || !known) missing.push({ branch, commit, known });
  }
  const brought = missing.length === 0 ? new Map<string, string>() : await transport.bring(missing, signal);
  for (const [branch, advertised] of followed) {
    const commit = brought.get(branch) ?? advertised;
    await objects.packed(commit);
    await setBranch(clone, branch, commit);
  }
  await settleRefs(clone, refs.head, new Set(followed.keys()));
  await noteFetched(clone, now());
  if (git !== undefined) await tidyClone({ ...options, git, inUse: inUse() }, signal);
}

const pair = (branch: string, commit: string | undefined): [string, string][] => (commit === undefined ? [] : [[branch, commit]]);

/** Not the Git host's fault, nor the commit's or the disk's: the clone's. */
function broken(error: unknown): boolean {
  return error instanceof UnreadableObject || !(error instanceof WindlassError);
}

/** A disk that takes nothing is no reason to throw away what is on it. */
function unlessDisk<T>(clone: Clone, writing: Promise<T>): Promise<T> {
  return writing.catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!/^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EIO|EMFILE|ENFILE)$/.test(code)) throw diskFailure(error, clone) ?? error;
    throw new WindlassError('git', `cannot write the clone of ${clone.name} in ${clone.gitdir}: ${messageOf(error)}`, {
      permanent: false,
      cause: error,
    });
  });
}
