import { rm } from 'node:fs/promises';
import type { HttpClient } from 'isomorphic-git';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Provider } from '../model/application.ts';
import type { Secret } from '../secret.ts';
import { askRefs, type Clone, fetchBranch, fetchCommit, prepare, setBranch, settleRefs } from './clone.ts';
import { createHttpClient } from './http-client.ts';
import type { Location } from './location.ts';
import { createObjects, type Objects, UnreadableObject } from './objects.ts';
import type { Repository } from './repository.ts';
import { createSharedRun, createTurn } from './turns.ts';

interface Options {
  readonly location: Extract<Location, { readonly kind: 'http' }>;
  readonly directory: string;
  readonly provider: Provider;
  readonly token: Secret | undefined;
  readonly branches: () => readonly string[];
  readonly log: Log;
}

/** Whom a Git host wants to see beside a token; the others take any name. */
const usernames: Readonly<Record<Provider, string>> = {
  github: 'x-access-token',
  gitlab: 'oauth2',
  gitea: 'oauth2',
  bitbucket: 'x-token-auth',
  standard: 'git',
};

/**
 * A repository behind a URL, kept as a shallow bare clone in `directory`. One fetch at a time; one that is asked for
 * while another runs begins after it, so that it sees what was pushed before. A clone that cannot be read is made afresh.
 */
export function openRemoteRepository({ location, directory, provider, token, branches, log }: Options): Repository {
  const clone: Clone = { gitdir: directory, url: location.url, name: location.name };
  const authorization = authorizationOf(location, usernames[provider], token);
  const inTurn = createTurn();
  let objects = createObjects(clone);

  const client = (signal: AbortSignal) => createHttpClient({ name: location.name, authorization, signal });
  const afresh = async (error: unknown, signal: AbortSignal) => {
    log.warn({ repository: location.name, error: messageOf(error) }, 'the clone cannot be read and is made afresh');
    await rm(directory, { recursive: true, force: true });
    objects = createObjects(clone);
    await unlessDisk(clone, update(clone, objects, client(signal), branches()));
  };
  const fetch = createSharedRun(inTurn, async (signal) => {
    try {
      await unlessDisk(clone, update(clone, objects, client(signal), branches()));
    } catch (error) {
      if (signal.aborted || !broken(error)) throw error;
      await afresh(error, signal);
    }
  });
  const bring = async (commit: string, signal: AbortSignal) => {
    if (await objects.hasCommit(commit)) return;
    await prepare(clone);
    await unlessDisk(clone, fetchCommit(client(signal), clone, commit));
    if (await objects.hasCommit(commit)) return;
    throw new WindlassError('git', `${location.name} does not give commit ${commit}: is it still on a branch?`);
  };
  /** Reads; brings the commit if it is missing; at last makes the clone afresh. */
  const reading = async <T>(read: (objects: Objects) => Promise<T>, commit?: string): Promise<T> => {
    const before = objects;
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
    name: location.name,
    fetch: (signal = new AbortController().signal) => fetch(signal),
    head: () => reading((current) => current.head()),
    resolve: (branch) => objects.resolve(branch),
    committedAt: (commit) => reading((current) => current.committedAt(commit), commit),
    hasCommit: (commit) => objects.hasCommit(commit).catch(() => false),
    tree: (commit) => reading((current) => current.tree(commit), commit),
    read: (oid) => reading((current) => current.read(oid)),
  };
}

/** Brings the clone up to date, and reads what it brought before a branch is moved to it. */
async function update(clone: Clone, objects: Objects, http: HttpClient, watched: readonly string[]): Promise<void> {
  await prepare(clone);
  const refs = await askRefs(http, clone);
  const followed = new Set([refs.head, ...watched].filter((branch) => refs.branches.has(branch)));
  for (const branch of followed) {
    const commit = refs.branches.get(branch) ?? '';
    const known = await objects.resolve(branch);
    const usable = known !== undefined && (await objects.hasCommit(known));
    if (known !== commit || !usable) await fetchBranch(http, clone, branch, usable);
    await objects.tree(commit);
    await setBranch(clone, branch, commit);
  }
  await settleRefs(clone, refs.head, followed);
}

/** Not the Git host's fault, nor the commit's or the disk's: the clone's. */
function broken(error: unknown): boolean {
  return error instanceof UnreadableObject || !(error instanceof WindlassError);
}

/** A disk that takes nothing is no reason to throw away what is on it. */
function unlessDisk<T>({ gitdir, name }: Clone, writing: Promise<T>): Promise<T> {
  return writing.catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!/^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EIO|EMFILE|ENFILE)$/.test(code)) throw error;
    throw new WindlassError('git', `cannot write the clone of ${name} in ${gitdir}: ${messageOf(error)}`, {
      permanent: false,
      cause: error,
    });
  });
}

function authorizationOf(location: Options['location'], username: string, token: Secret | undefined): string | undefined {
  const password = token?.reveal() ?? location.password;
  if (password === undefined) return undefined;
  return `Basic ${Buffer.from(`${location.username ?? username}:${password}`).toString('base64')}`;
}
