import { createGitThread } from '../../src/git/create-git-thread.ts';
import { findSystemGit } from '../../src/git/system-git.ts';
import { silentLog } from '../../src/log.ts';

/** What every repository that a test opens has in common. */
export const repositoryOptions = {
  token: undefined,
  branches: (): readonly string[] => [],
  needed: async (): Promise<ReadonlySet<string>> => new Set(),
  ssh: { keyFile: undefined, knownHostsFile: undefined, learnedHostsFile: '/nonexistent/known_hosts' },
  thread: createGitThread(),
  now: () => new Date(),
  log: silentLog,
};

/** The machine's git, as the controller finds it. */
export const systemGit = () => findSystemGit({ path: process.env.PATH ?? '', home: '/nonexistent', sshAuthSock: undefined });
