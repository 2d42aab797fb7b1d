import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { messageOf, WindlassError } from '../errors.ts';
import { type CommitWay, commitAndPush, gitToCommit } from './commit.ts';
import type { GitThread } from './create-git-thread.ts';
import { createObjects, type Objects } from './objects.ts';
import type { Repository } from './repository.ts';
import type { GitRun, SystemGit } from './system-git.ts';
import { createTurn } from './turns.ts';

interface Options {
  readonly path: string;
  readonly git: SystemGit | undefined;
  readonly thread: GitThread;
}

/**
 * A repository of this machine, bare or ordinary, read where it is; only a commit writes to it, as a push would.
 * Looked at again with each call until it is there.
 */
export function openLocalRepository({ path, git, thread }: Options): Repository {
  const inTurn = createTurn();
  let opened: Promise<{ readonly gitdir: string; readonly objects: Objects }> | undefined;
  const open = () => {
    opened ??= locate(path).then((gitdir) => ({ gitdir, objects: createObjects({ gitdir, name: path, thread }) }));
    const current = opened;
    current.catch(() => {
      if (opened === current) opened = undefined;
    });
    return current;
  };
  const objects = async () => (await open()).objects;
  return {
    name: path,
    remote: false,
    fetch: async () => void (await open()),
    fetchedAt: async () => undefined,
    commit: (request, signal = new AbortController().signal) =>
      inTurn(async () => {
        const { gitdir } = await open();
        return commitAndPush(await localWay(gitToCommit(git, path), path, gitdir), request, signal);
      }),
    head: async () => (await objects()).head(),
    resolve: async (branch) => (await objects()).resolve(branch),
    tree: async (commit) => (await objects()).tree(commit),
    packed: async (commit) => (await objects()).packed(commit),
    read: async (oid, most) => (await objects()).read(oid, most),
    committedAt: async (commit) => (await objects()).committedAt(commit),
    hasCommit: async (commit) => (await objects()).hasCommit(commit),
  };
}

/** A push to itself: hooks run, and a work tree that has the branch checked out follows if it is clean. */
async function localWay(git: SystemGit, path: string, gitdir: string): Promise<CommitWay> {
  return {
    git,
    gitdir,
    target: path,
    name: path,
    push: { protocol: 'file', ...(await pusherOf(path, gitdir)) },
    options: ['--receive-pack=git -c receive.denyCurrentBranch=updateInstead receive-pack'],
    explain: () => undefined,
  };
}

/** Rejects as a push to the repository at `path` would: with an owner whom windlass cannot be, or a folder that it may not write to. */
export async function refuseUnpushable(path: string): Promise<void> {
  const gitdir = await locate(path);
  await pusherOf(path, gitdir);
  await access(gitdir, constants.W_OK);
}

const pusherOf = async (path: string, gitdir: string) => hooksRunAs(await stat(gitdir), process.geteuid?.(), path);

/**
 * Hooks and settings of a repository are its owner's, and so is whom they run as: root becomes the owner, and nobody else runs what
 * another user has written. WindlassError `git` where windlass, as the user `own`, can be neither.
 */
export function hooksRunAs(repository: NonNullable<GitRun['owner']>, own: number | undefined, path: string): Pick<GitRun, 'owner'> {
  const { uid, gid } = repository;
  if (own === uid) return {};
  if (own === 0) return { owner: { uid, gid } };
  const cure = "run windlass as its owner, or give it the repository's ssh or https URL";
  throw new WindlassError('git', `${path} belongs to user ${uid}, whose hooks windlass does not run as user ${own}: ${cure}`);
}

async function locate(path: string): Promise<string> {
  const inside = join(path, '.git');
  const kind = await kindOf(inside);
  const gitdir = kind === 'file' ? resolve(path, pointer(await readFile(inside, 'utf8'))) : kind === 'folder' ? inside : path;
  if ((await kindOf(join(gitdir, 'HEAD'))) !== 'file') {
    throw new WindlassError('git', `${path} is no Git repository: write the path of one, bare or ordinary`, { permanent: false });
  }
  await refuseUnreadable(gitdir, path);
  return gitdir;
}

/** What isomorphic-git does not read fails there with "could not find", which helps nobody. */
async function refuseUnreadable(gitdir: string, path: string): Promise<void> {
  if ((await kindOf(join(gitdir, 'commondir'))) === 'file') {
    throw new WindlassError('git', `${path} is a linked work tree: write the path of its main repository`);
  }
  if ((await kindOf(join(gitdir, 'objects', 'info', 'alternates'))) === 'file') {
    throw new WindlassError(
      'git',
      `${path} borrows objects of another repository: git repack -a -d there, then remove objects/info/alternates`,
    );
  }
  const config = await readFile(join(gitdir, 'config'), 'utf8').catch(() => '');
  if (/^\s*objectformat\s*=\s*sha256/im.test(config))
    throw new WindlassError('git', `${path} is a SHA-256 repository, which windlass does not read`);
  if (/^\s*refstorage\s*=\s*reftable/im.test(config))
    throw new WindlassError('git', `${path} keeps its refs as reftable: git refs migrate --ref-format=files there`);
}

const pointer = (text: string): string => text.replace(/^gitdir:\s*/, '').trim();

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw new WindlassError('git', `cannot read ${path}: ${messageOf(error)}`, { permanent: false, cause: error });
  }
}
