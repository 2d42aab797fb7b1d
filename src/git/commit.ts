import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WindlassError } from '../errors.ts';
import { GitFailure, type GitRun, type SystemGit } from './system-git.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** One commit on top of a branch's. */
export interface CommitRequest {
  readonly branch: string;
  /** The commit that the branch is at; WindlassError `conflict` where it is at another by now. */
  readonly parent: string;
  readonly files: readonly { readonly path: string; readonly mode: string; readonly bytes: Uint8Array }[];
  readonly author: Person;
  readonly committer: Person;
  readonly at: Date;
  readonly message: string;
}

/** Where the commit is made, and how it reaches the repository that people push to. */
export interface CommitWay {
  readonly git: SystemGit;
  readonly gitdir: string;
  /** What it is pushed to: a URL, or the path of the repository itself. */
  readonly target: string;
  /** For messages. */
  readonly name: string;
  readonly push: Omit<GitRun, 'signal' | 'input'>;
  /** Options of `git push`. */
  readonly options: readonly string[];
  /** Says what failed on the way to the Git host; undefined where that is not known. */
  readonly explain: (error: GitFailure) => WindlassError | undefined;
}

/** WindlassError where the machine has no git, without which nothing is committed. */
export function gitToCommit(git: SystemGit | undefined, name: string): SystemGit {
  if (git) return git;
  throw new WindlassError('git', `a commit to ${name} needs git on the PATH of the controller: install it`);
}

/** Makes the commit and pushes it; its id. A branch that has moved is never overwritten. */
export async function commitAndPush(way: CommitWay, request: CommitRequest, signal: AbortSignal): Promise<string> {
  const commit = await makeCommit(way, request, signal);
  const { git, gitdir, target, options, push } = way;
  const argv = [`--git-dir=${gitdir}`, 'push', '--porcelain', ...options, '--', target, `${commit}:refs/heads/${request.branch}`];
  await git.run(argv, { ...push, signal }).catch((error: unknown) => {
    throw error instanceof GitFailure ? pushFailure(error, way, request.branch) : error;
  });
  return commit;
}

async function makeCommit({ git, gitdir, push }: CommitWay, request: CommitRequest, signal: AbortSignal): Promise<string> {
  const index = join(gitdir, 'windlass-index');
  const own = push.owner === undefined ? {} : { owner: push.owner };
  const run = async (argv: readonly string[], input?: string | Uint8Array, environment: Readonly<Record<string, string>> = {}) => {
    const options = { ...own, protocol: 'none', signal, environment: { GIT_INDEX_FILE: index, ...environment } } as const;
    return (await git.run([`--git-dir=${gitdir}`, ...argv], input === undefined ? options : { ...options, input })).trim();
  };
  await rm(index, { force: true });
  try {
    await run(['read-tree', request.parent]);
    for (const { path, mode, bytes } of request.files) {
      const blob = await run(['hash-object', '-w', '--stdin'], bytes);
      await run(['update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`]);
    }
    const tree = await run(['write-tree']);
    return await run(['commit-tree', tree, '-p', request.parent, '-F', '-'], `${request.message.trim()}\n`, people(request));
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    throw new WindlassError('git', `cannot make a commit in ${gitdir}: ${error.message}`, { cause: error });
  } finally {
    await rm(index, { force: true });
  }
}

function people({ author, committer, at }: CommitRequest): Readonly<Record<string, string>> {
  const date = `${Math.floor(at.getTime() / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: date,
  };
}

const moved = /fetch first|non-fast-forward|stale info|cannot lock ref|failed to update ref|incorrect old value|reference already exists/;

function pushFailure(error: GitFailure, { name, explain }: CommitWay, branch: string): WindlassError {
  const refusal = /^!\t\S+\t\[(?:remote )?rejected\] \((.*)\)$/m.exec(error.stdout)?.[1];
  const options = { cause: error, ...remoteWords(error) };
  if (refusal !== undefined && moved.test(refusal)) {
    return new WindlassError('conflict', `somebody has pushed to ${branch} of ${name} meanwhile`, { permanent: false, cause: error });
  }
  if (refusal !== undefined) return new WindlassError('git', `${name} refuses the push to ${branch}: ${refusal}${cure(refusal)}`, options);
  return explain(error) ?? new WindlassError('git', `cannot push to ${branch} of ${name}: ${error.message}`, options);
}

function cure(refusal: string): string {
  if (/unstaged|staged changes|untracked|Working directory/i.test(refusal)) return '; commit or stash what is changed in its work tree';
  return /protected|pre-receive|hook declined/.test(refusal) ? '; its rules must let windlass push' : '';
}

/** What a hook or the Git host has to say. */
function remoteWords({ stderr }: GitFailure): { readonly output?: string } {
  const lines = stderr.split(/[\r\n]+/).flatMap((line) => /^remote: (.*\S)/.exec(line)?.[1] ?? []);
  return lines.length === 0 ? {} : { output: lines.join('\n') };
}
