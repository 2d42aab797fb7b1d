import { WindlassError } from '../errors.ts';
import { GitFailure, type GitRun, type SystemGit } from './system-git.ts';
import type { BranchToBring, Clone } from './transport.ts';

/** How git reaches the Git host. */
export type Way = Pick<GitRun, 'protocol' | 'environment' | 'config'>;

/** Has the machine's git bring branches into the clone, of each its newest commit alone; the commits it brought. */
export async function transferBranches(
  git: SystemGit,
  { gitdir, url }: Clone,
  branches: readonly BranchToBring[],
  way: Way & { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const specs = branches.map(({ branch }) => `+refs/heads/${branch}:refs/incoming/${branch}`);
  const config = { ...way.config, 'fetch.unpackLimit': '1' };
  await git.run([`--git-dir=${gitdir}`, 'fetch', '--quiet', '--no-tags', '--depth=1', '--', url, ...specs], { ...way, config });
  const refs = await git.run([`--git-dir=${gitdir}`, 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/incoming'], {
    protocol: 'none',
    signal: way.signal,
  });
  const brought = new Map(refs.split('\n').map((line) => [line.slice(41 + 'refs/incoming/'.length), line.slice(0, 40)] as const));
  return new Map(branches.map(({ branch, commit }) => [branch, brought.get(branch) ?? commit]));
}

/** As `transferBranches`, of one commit. */
export async function transferCommit(
  git: SystemGit,
  { gitdir, url }: Clone,
  commit: string,
  way: Way & { readonly signal: AbortSignal },
): Promise<void> {
  const config = { ...way.config, 'fetch.unpackLimit': '1' };
  await git.run([`--git-dir=${gitdir}`, 'fetch', '--quiet', '--no-tags', '--depth=1', '--', url, commit], { ...way, config });
}

/** As `transferBranches`, of all that has ever been on a branch. */
export async function transferHistory(git: SystemGit, { gitdir, url }: Clone, way: Way & { readonly signal: AbortSignal }): Promise<void> {
  const argv = ['fetch', '--quiet', '--no-tags', '--depth=2147483647', '--', url, '+refs/heads/*:refs/incoming/*'];
  await git.run([`--git-dir=${gitdir}`, ...argv], way);
}

const full = /no space left on device|disk quota exceeded|read-only file system/i;

/** A disk that takes nothing, as git says it; undefined for anything else. */
export function diskFailure(error: unknown, { gitdir, name }: Clone): WindlassError | undefined {
  if (!(error instanceof GitFailure) || !full.test(error.stderr)) return undefined;
  const reason = full.exec(error.stderr)?.[0];
  return new WindlassError('git', `cannot write the clone of ${name} in ${gitdir}: ${reason}`, { permanent: false, cause: error });
}
