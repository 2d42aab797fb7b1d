import { GitFailure, type SystemGit } from './system-git.ts';

/**
 * The files below a folder of a Git working tree that belong to it: those in its index, and new ones that no .gitignore names and that are
 * not in a node_modules. Sorted, relative to the folder; a repository within it is one path. Undefined where Git knows no such tree.
 */
export async function workingTreeFiles(git: SystemGit, folder: string): Promise<readonly string[] | undefined> {
  const argv = ['-C', folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--exclude=node_modules'];
  // Somebody else's folder is only looked at: nothing that its configuration names may run.
  const config = { 'safe.directory': '*', 'core.fsmonitor': 'false' };
  try {
    const listed = await git.run(argv, { protocol: 'none', signal: AbortSignal.timeout(60_000), config });
    const paths = listed.split('\0').filter((path) => path !== '');
    return [...new Set(paths.map((path) => path.replace(/\/$/, '')))].sort();
  } catch (error) {
    if (error instanceof GitFailure) return undefined;
    throw error;
  }
}
