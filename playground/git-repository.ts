import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A bare repository and a working copy of it, driven by the real git. */
export interface GitRepository {
  readonly bare: string;
  readonly work: string;
  write(path: string, content: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Changes a file by a function of its text. */
  edit(path: string, change: (text: string) => string): Promise<void>;
  /** Commits everything; the commit. */
  commit(message: string): Promise<string>;
  push(): Promise<void>;
  git(...args: readonly string[]): Promise<string>;
}

const identity = ['-c', 'user.name=Windlass', '-c', 'user.email=windlass@example.com', '-c', 'commit.gpgsign=false'];

/** Makes one in `directory` whose first commit holds `from` (a folder), pushed to `main`. */
export async function createGitRepository(directory: string, from?: string): Promise<GitRepository> {
  const bare = join(directory, 'repository.git');
  const work = join(directory, 'work');
  await mkdir(work, { recursive: true });
  const git = async (...args: readonly string[]) =>
    (await run('git', [...identity, ...args], { cwd: work, maxBuffer: 64 * 1024 * 1024 })).stdout.trim();
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', bare);
  if (from !== undefined) await cp(from, work, { recursive: true });
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), content);
  };
  const read = (path: string) => readFile(join(work, path), 'utf8');
  return {
    bare,
    work,
    write,
    read,
    edit: async (path, change) => {
      const before = await read(path);
      const after = change(before);
      if (after === before) throw new Error(`the edit of ${path} changes nothing`);
      await write(path, after);
    },
    commit: async (message) => {
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    push: async () => void (await git('push', '--quiet', '--force', 'origin', 'HEAD:main')),
    git,
  };
}
