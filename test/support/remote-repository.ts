import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { openRepository } from '../../src/git/repository.ts';
import type { SystemGit } from '../../src/git/system-git.ts';
import { Secret } from '../../src/secret.ts';
import { createGitServer } from './git-server.ts';
import { repositoryOptions, systemGit } from './repository-options.ts';

/** Both ways to bring objects: by the machine's git, and by isomorphic-git where there is none. */
export const waysToFetch: readonly { readonly way: string; readonly find: () => Promise<SystemGit | undefined> }[] = [
  { way: "the machine's git", find: systemGit },
  { way: 'isomorphic-git', find: async () => undefined },
];

interface Options {
  readonly password?: string;
  readonly token?: string;
  readonly branches?: () => readonly string[];
}

/** A repository `config` on a Git server of the test's own, and a clone of it that `open` opens. */
export async function createRemote(t: ExecutionContext, find: () => Promise<SystemGit | undefined>, options: Options = {}) {
  const server = await createGitServer(options.password === undefined ? {} : { password: options.password });
  const parent = await mkdtemp(join(tmpdir(), 'windlass-remote-'));
  t.teardown(async () => {
    await server.close();
    await rm(parent, { recursive: true, force: true });
  });
  const directory = join(parent, 'clone');
  const found = await find();
  const open = (location = server.url('config'), clone = directory) =>
    openRepository({
      ...repositoryOptions,
      location,
      directory: clone,
      git: found,
      provider: 'gitea',
      token: options.token === undefined ? undefined : new Secret(options.token),
      branches: options.branches ?? (() => []),
    });
  return { server, directory, open, repository: await server.create('config') };
}
