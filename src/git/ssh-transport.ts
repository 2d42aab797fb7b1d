import { WindlassError } from '../errors.ts';
import { diskFailure, transferBranches, transferCommit, transferHistory, type Way } from './git-transfer.ts';
import { GitFailure, type SystemGit } from './system-git.ts';
import { type Clone, type RemoteRefs, remoteRefs, type Transport } from './transport.ts';

export interface SshTransportOptions {
  readonly git: SystemGit;
  readonly clone: Clone;
  /** As `sshCommand` writes it. */
  readonly command: string;
}

/** The way over SSH: the machine's own git and ssh do all of it. */
export function createSshTransport({ git, clone, command }: SshTransportOptions): Transport {
  const way = sshWay(command);
  const explained = <T>(running: Promise<T>) =>
    running.catch((error: unknown) => {
      throw diskFailure(error, clone) ?? sshFailure(error, clone.name) ?? error;
    });
  return {
    pushing: () => ({ target: clone.url, push: way, explain: (error) => sshFailure(error, clone.name) }),
    refs: async (signal) => {
      const listing = await git
        .run(['ls-remote', '--symref', '--', clone.url, 'HEAD', 'refs/heads/*'], { ...way, signal })
        .catch((error) => {
          // Nothing of the clone takes part in this.
          throw sshFailure(error, clone.name) ?? unreadable(error, clone.name);
        });
      return readRefs(listing, clone.name);
    },
    bring: (branches, signal) => explained(transferBranches(git, clone, branches, { ...way, signal })),
    bringCommit: (commit, signal) =>
      explained(transferCommit(git, clone, commit, { ...way, signal })).catch(async (error: unknown) => {
        if (!(error instanceof GitFailure && /not our ref|unadvertised object/.test(error.stderr))) throw error;
        // A plain sshd gives branches only: the commit may be among what came before them.
        await explained(transferHistory(git, clone, { ...way, signal }));
      }),
  };
}

/** For any command of git that speaks to the Git host. */
export const sshWay = (command: string): Way => ({
  protocol: 'ssh',
  environment: { GIT_SSH_COMMAND: command, GIT_SSH_VARIANT: 'ssh' },
});

function readRefs(listing: string, name: string): RemoteRefs {
  const lines = listing.split('\n').map((line) => line.split('\t') as [string, string | undefined]);
  const head = lines.find(([value, ref]) => ref === 'HEAD' && value.startsWith('ref: '))?.[0].slice('ref: '.length);
  return remoteRefs(
    name,
    lines.map(([commit, ref = '']) => [ref, commit]),
    head,
  );
}

const failures: readonly (readonly [RegExp, string, 'permanent' | 'away'])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|No \S+ host key is known/,
    'is not believed: its host key is not the one that is known; compare it, then correct the known_hosts file (WINDLASS_SSH_KNOWN_HOSTS, or ssh/known_hosts in the state directory)',
    'permanent',
  ],
  [/Permission denied \(/, 'refuses access: give the Git host the public half of its SSH key', 'permanent'],
  [/Load key .*: |invalid format|error in libcrypto/, 'cannot be asked: ssh cannot read its private key', 'permanent'],
  [/cannot run ssh|ssh: not found|ssh: No such file/, 'needs an ssh client: install openssh-client', 'permanent'],
  [
    /does not appear to be a git repository|[Rr]epository .*not found|not found\.|could not be found/,
    'is not there: check its address, and whether the SSH key may read it',
    'permanent',
  ],
  [
    /Could not resolve hostname|Connection refused|timed out|Timeout, server|No route to host|Network is unreachable|Connection (?:closed|reset)|kex_exchange|Broken pipe|port \d+: /,
    'cannot be reached',
    'away',
  ],
];

/** What ssh or the Git host said, as a person needs it; undefined where it is git's own trouble. */
export function sshFailure(error: unknown, name: string): WindlassError | undefined {
  if (!(error instanceof GitFailure)) return undefined;
  const found = failures.find(([pattern]) => pattern.test(error.stderr));
  if (found === undefined) return undefined;
  const [pattern, message, kind] = found;
  const reason = error.stderr.split(/[\r\n]+/).find((line) => pattern.test(line)) ?? '';
  const said = kind === 'away' ? `${name} ${message}: ${reason.trim().slice(0, 200)}` : `${name} ${message}`;
  return new WindlassError('git', said, { permanent: kind === 'permanent', cause: error });
}

const unreadable = (error: unknown, name: string): unknown =>
  error instanceof GitFailure
    ? new WindlassError('git', `${name} cannot be read: ${error.message}`, { permanent: false, cause: error })
    : error;
