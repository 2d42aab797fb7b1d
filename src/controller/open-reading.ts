import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { messageOf } from '../errors.ts';
import { createGitThread } from '../git/create-git-thread.ts';
import { findSystemGit } from '../git/system-git.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import type { Root } from '../model/root.ts';
import type { Settings } from '../settings.ts';
import { createDrafts, type Drafts } from '../workers/drafts.ts';
import { createPlanner, type Planner } from '../workers/planner.ts';
import { createRevisions, type Revisions } from '../workers/revisions.ts';
import { readSecrets } from './secrets-folder.ts';
import { createSourceRepositories, type SourceRepositories } from './source-repositories.ts';

/** All that reads the repository, its sources and what a commit of it would be. */
export interface Reading {
  readonly repositories: SourceRepositories;
  readonly drafts: Drafts;
  readonly planner: Planner;
  readonly revisions: Revisions;
  /** What has to be masked wherever text of others is shown. */
  readonly secretTexts: () => Promise<readonly string[]>;
}

/**
 * Reads by the machine's git where there is one; `rendered` is told of files that were rendered anew. Its threads are closed with the
 * lifecycle.
 */
export async function openReading(
  settings: Settings,
  rootInUse: () => Root | undefined,
  neededCommits: () => Promise<ReadonlySet<string> | undefined>,
  rendered: (files: number) => void,
  log: Log,
  lifecycle: Lifecycle,
): Promise<Reading> {
  const { path, home, dockerEnvironment } = settings;
  const planner = createPlanner();
  lifecycle.add('planner', () => planner.close());
  const thread = createGitThread();
  lifecycle.add('Git thread', () => thread.close());
  const git = await findSystemGit({ path, home, sshAuthSock: dockerEnvironment.SSH_AUTH_SOCK, caFile: await writeTrusted(settings, log) });
  const repositories = createSourceRepositories({ settings, git, thread, rootInUse, neededCommits, now: () => new Date(), log });
  const drafts = createDrafts(repositories);
  const secrets = () => readSecrets(settings.secretsDirectory);
  const revisions = createRevisions({ planner, trees: drafts, secrets, ownHost: settings.host, rendered });
  const secretTexts = async () => Object.values(await secrets()).map((secret) => secret.reveal());
  return { repositories, drafts, planner, revisions, secretTexts };
}

/** Node's own certificates and those of NODE_EXTRA_CA_CERTS in one file: git is to believe whom windlass believes. */
async function writeTrusted({ stateDirectory, extraCaCerts }: Settings, log: Log): Promise<string | undefined> {
  if (extraCaCerts === undefined) return undefined;
  try {
    const file = join(stateDirectory, 'certificates.pem');
    await writeFile(file, [...rootCertificates, await readFile(extraCaCerts, 'utf8')].join('\n'));
    return file;
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'NODE_EXTRA_CA_CERTS cannot be read');
    return undefined;
  }
}
