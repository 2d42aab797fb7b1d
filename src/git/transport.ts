import { WindlassError } from '../errors.ts';
import { isBranchName } from '../model/branch-name.ts';
import type { CommitWay } from './commit.ts';

/** One bare clone of windlass's own and where it comes from. */
export interface Clone {
  readonly gitdir: string;
  readonly url: string;
  /** For messages, without credentials. */
  readonly name: string;
}

/** Branches of the Git host by name, and the one that its HEAD names. */
export interface RemoteRefs {
  readonly head: string;
  readonly branches: ReadonlyMap<string, string>;
}

/** A branch to bring: `known` where the clone has an older commit of it, whole. */
export interface BranchToBring {
  readonly branch: string;
  readonly commit: string;
  readonly known: boolean;
}

/** The way to a Git host. Errors are WindlassError `git` where the host or the way is at fault, anything else is the clone's. */
export interface Transport {
  /** Asks the Git host what it has. */
  refs(signal: AbortSignal): Promise<RemoteRefs>;
  /** Brings the objects of these branches' newest commits into the clone; the commits, which may be newer than those asked for. */
  bring(branches: readonly BranchToBring[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Brings one commit that no followed branch is at. A Git host that does not have it, or does not give it, may answer with nothing. */
  bringCommit(commit: string, signal: AbortSignal): Promise<void>;
  /** How a push reaches it. */
  pushing(): Pick<CommitWay, 'target' | 'push' | 'explain'>;
}

/** What a Git host listed, as `[ref, commit]`, and the ref that its HEAD is; names that Git would not take are left out. */
export function remoteRefs(name: string, listed: readonly (readonly [string, string])[], head: string | undefined): RemoteRefs {
  const branches = new Map(
    listed.flatMap(([ref, commit]) => {
      const branch = ref.startsWith(prefix) ? ref.slice(prefix.length) : '';
      return isBranchName(branch) ? [[branch, commit] as const] : [];
    }),
  );
  const branch = head?.replace(prefix, '') ?? '';
  if (isBranchName(branch) && branches.size > 0) return { head: branch, branches };
  throw new WindlassError('git', `${name} has no commit at its HEAD branch yet: push one`, { permanent: false });
}

const prefix = 'refs/heads/';
