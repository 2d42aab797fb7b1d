import { createGitThread } from '../git/create-git-thread.ts';
import { findSystemGit } from '../git/system-git.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Root } from '../model/application.ts';
import type { Settings } from '../settings.ts';
import { createSourceRepositories, type SourceRepositories } from './source-repositories.ts';

/** The repository and its sources, read by the machine's git where there is one, and by a thread that is closed with the lifecycle. */
export async function openRepositories(
  settings: Settings,
  rootInUse: () => Root | undefined,
  log: Log,
  lifecycle: Lifecycle,
): Promise<SourceRepositories> {
  const { path, home, dockerEnvironment } = settings;
  const git = await findSystemGit({ path, home, sshAuthSock: dockerEnvironment.SSH_AUTH_SOCK });
  const thread = createGitThread();
  lifecycle.add('Git thread', () => thread.close());
  return createSourceRepositories({ settings, git, thread, rootInUse, now: () => new Date(), log });
}
