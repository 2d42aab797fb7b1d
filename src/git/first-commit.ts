import fs from 'node:fs';
import git from 'isomorphic-git';

/** The root of the Git repository that a folder is in; undefined where it is in none. */
export function repositoryRoot(folder: string): Promise<string | undefined> {
  return git.findRoot({ fs, filepath: folder }).catch(() => undefined);
}

export interface FirstCommit {
  readonly folder: string;
  readonly branch: string;
  readonly paths: readonly string[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
}

/** Makes a folder a Git repository with one commit of these files. */
export async function firstCommit({ folder, branch, paths, message, author }: FirstCommit): Promise<void> {
  const repository = { fs, dir: folder };
  await git.init({ ...repository, defaultBranch: branch });
  await git.add({ ...repository, filepath: [...paths], force: true });
  await git.commit({ ...repository, message, author });
}
