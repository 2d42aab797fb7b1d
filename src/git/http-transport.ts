import git, { type HttpClient } from 'isomorphic-git';
import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createGitThread } from './create-git-thread.ts';
import { diskFailure, transferBranches, transferCommit, type Way } from './git-transfer.ts';
import { createHttpClient } from './http-client.ts';
import type { GitFailure, SystemGit } from './system-git.ts';
import { type BranchToBring, type Clone, type RemoteRefs, remoteRefs, type Transport } from './transport.ts';

export interface HttpTransportOptions {
  /** The machine's own; undefined: isomorphic-git does all of it, in a thread. */
  readonly git: SystemGit | undefined;
  readonly clone: Clone;
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
  readonly log: Log;
}

/**
 * The way over http(s). What the Git host has is asked by windlass itself; objects come through the machine's git, which is
 * quicker by far, or by isomorphic-git in a thread where there is none, or where it cannot (an old one, other certificates).
 */
export function createHttpTransport({ git: system, clone, authorization, log }: HttpTransportOptions): Transport {
  /** Where the Git host redirects to within itself. */
  let { url } = clone;
  const bringBy = async <T>(ours: (system: SystemGit) => Promise<T>, thread: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    if (system === undefined) return thread();
    try {
      return await ours(system);
    } catch (error) {
      if (signal.aborted) throw error;
      const disk = diskFailure(error, clone);
      if (disk) throw disk;
      log.warn({ repository: clone.name, error: messageOf(error) }, "the machine's git cannot fetch: isomorphic-git tries");
      return thread();
    }
  };
  const wayFor = (signal: AbortSignal) => ({ ...httpWay(url, authorization), signal });
  return {
    pushing: () => ({ target: url, push: httpWay(url, authorization), explain: (error) => refusedPush(error, clone.name) }),
    refs: async (signal) => {
      const http = createHttpClient({ name: clone.name, authorization, signal });
      const refs = await askRefs(http, clone);
      url = http.located(clone.url);
      return refs;
    },
    bring: (branches, signal) =>
      bringBy(
        (found) => transferBranches(found, { ...clone, url }, branches, wayFor(signal)),
        () => bringInThread(clone, branches, authorization, signal),
        signal,
      ),
    bringCommit: (commit, signal) =>
      bringBy(
        (found) => transferCommit(found, { ...clone, url }, commit, wayFor(signal)),
        async () => void (await fetchInThread(clone, [{ ref: commit, shallow: true }], authorization, signal)),
        signal,
      ),
  };
}

/** The token goes through the environment, which only the process's own user can read, and to the Git host alone. */
export const httpWay = (url: string, authorization: string | undefined): Way => ({
  protocol: url.startsWith('https:') ? 'https' : 'http',
  config: {
    'http.followRedirects': 'false',
    'http.lowSpeedLimit': '1',
    'http.lowSpeedTime': '60',
    ...(authorization === undefined ? {} : { 'http.extraHeader': `Authorization: ${authorization}` }),
  },
});

function refusedPush(error: GitFailure, name: string): WindlassError | undefined {
  if (!/Authentication failed|could not read Username|returned error: 40[13]/.test(error.stderr)) return undefined;
  return new WindlassError('git', `${name} refuses the push: its token needs the right to write`, { cause: error });
}

async function askRefs(http: HttpClient, { url, name }: Clone): Promise<RemoteRefs> {
  const refs = await git.listServerRefs({ http, url, protocolVersion: 1, symrefs: true }).catch((error: unknown) => {
    if (error instanceof WindlassError) throw error;
    throw new WindlassError('git', `${name} does not answer like a Git host: check its URL (${firstLine(error)})`, { cause: error });
  });
  return remoteRefs(
    name,
    refs.map(({ ref, oid }) => [ref, oid]),
    refs.find(({ ref }) => ref === 'HEAD')?.target,
  );
}

/** isomorphic-git quotes the whole page that it got instead. */
const firstLine = (error: unknown): string => messageOf(error).split('\n', 1)[0]?.slice(0, 200) ?? '';

/** Of each branch the newest commit alone or, where the clone has an older one, what is new since. */
async function bringInThread(
  clone: Clone,
  branches: readonly BranchToBring[],
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const wanted = branches.map(({ branch, known }) => ({ ref: `refs/heads/${branch}`, shallow: !known }));
  const brought = await fetchInThread(clone, wanted, authorization, signal);
  return new Map(branches.map(({ branch, commit }, index) => [branch, brought[index] ?? commit]));
}

/** A thread for these fetches alone: isomorphic-git cannot be cancelled, but the thread can be ended. */
async function fetchInThread(
  { gitdir, url, name }: Clone,
  wanted: readonly { readonly ref: string; readonly shallow: boolean }[],
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  signal.throwIfAborted();
  const thread = createGitThread();
  const end = () => void thread.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    const brought: (string | undefined)[] = [];
    for (const one of wanted) brought.push(await thread.ask({ kind: 'fetch', gitdir, url, name, authorization, ...one }));
    return brought;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', end);
    await thread.close();
  }
}
