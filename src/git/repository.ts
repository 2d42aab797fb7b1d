import { WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Provider } from '../model/root.ts';
import type { Secret } from '../secret.ts';
import type { CommitRequest } from './commit.ts';
import type { GitThread } from './create-git-thread.ts';
import { createHttpTransport } from './http-transport.ts';
import { openLocalRepository } from './local-repository.ts';
import { type Location, parseLocation } from './location.ts';
import type { Objects } from './objects.ts';
import { openRemoteRepository } from './remote-repository.ts';
import { type SshOptions, sshCommand } from './ssh-command.ts';
import { createSshTransport } from './ssh-transport.ts';
import type { SystemGit } from './system-git.ts';

/** A repository's bytes. Everything but `fetch` answers from what the last fetch brought. Errors are WindlassError `git`. */
export interface Repository extends Objects {
  /** For messages, without credentials. */
  readonly name: string;
  /** Brings HEAD's branch and the watched ones up to date; nothing to do for a path of this machine. */
  fetch(signal?: AbortSignal): Promise<void>;
  /** Kept as a clone that is fetched; otherwise it is read where it is. */
  readonly remote: boolean;
  /** When a fetch succeeded last, of this process or an earlier one; undefined: never. Of a path of this machine there is none. */
  fetchedAt(): Promise<Date | undefined>;
  /**
   * Makes a commit on top of a branch and pushes it; its id. WindlassError `conflict` where the branch has moved, or a work
   * tree that has it checked out is not clean.
   */
  commit(request: CommitRequest, signal?: AbortSignal): Promise<string>;
}

export interface RepositoryOptions {
  /** An http(s) or SSH URL, or the path of a bare or ordinary repository of this machine. */
  readonly location: string;
  /** windlass's own, for the clone of a URL; it may be emptied at any time. */
  readonly directory: string;
  readonly provider: Provider;
  readonly token: Secret | undefined;
  readonly ssh: SshOptions;
  /** The machine's own; undefined: there is none. */
  readonly git: SystemGit | undefined;
  readonly thread: GitThread;
  /** The branches to follow besides HEAD's, asked for at each fetch. */
  readonly branches: () => readonly string[];
  /** Commits that a clone must keep though no branch names them any more; undefined: that cannot be said now. */
  readonly needed: () => Promise<ReadonlySet<string> | undefined>;
  readonly now: () => Date;
  readonly log: Log;
}

/** Opens a repository; nothing is read before the first call. An address that cannot be read is refused at once. */
export function openRepository(options: RepositoryOptions): Repository {
  const { directory, thread, git, branches, needed, now, log } = options;
  const location = parseLocation(options.location);
  if (location.kind === 'path') return openLocalRepository({ ...location, git, thread });
  const clone = { gitdir: directory, url: location.url, name: location.name };
  const transport =
    location.kind === 'ssh'
      ? createSshTransport({ git: gitFor(git, location.name), clone, command: sshCommand(options.ssh) })
      : createHttpTransport({ git, clone, authorization: authorizationOf(location, options), log });
  return openRemoteRepository({ clone, transport, git, thread, branches, needed, now, log });
}

function gitFor(git: SystemGit | undefined, name: string): SystemGit {
  if (git) return git;
  throw new WindlassError('git', `${name} is read over SSH, which needs git and ssh on the PATH of the controller: install both`);
}

/** Whom a Git host wants to see beside a token; the others take any name. */
const usernames: Readonly<Record<Provider, string>> = {
  github: 'x-access-token',
  gitlab: 'oauth2',
  gitea: 'oauth2',
  bitbucket: 'x-token-auth',
  standard: 'git',
};

/** The value of the Authorization header that the Git host is shown; undefined: none. */
export function authorizationOf(
  location: Extract<Location, { kind: 'http' }>,
  { token, provider }: Pick<RepositoryOptions, 'token' | 'provider'>,
): string | undefined {
  if (location.password !== undefined && token !== undefined) {
    throw new WindlassError('git', `${location.name} has a password in its URL and a token: leave the password out`);
  }
  const password = token?.reveal() ?? location.password;
  if (password === undefined) return undefined;
  return `Basic ${Buffer.from(`${location.username ?? usernames[provider]}:${password}`).toString('base64')}`;
}
