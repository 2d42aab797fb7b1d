import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openRepository } from '../../../src/git/repository.ts';
import { createGitServer } from '../../support/git-server.ts';
import { repositoryOptions, systemGit } from '../../support/repository-options.ts';

const dayMs = 24 * 3_600_000;
const large = 300_000;

/** A repository behind a URL whose history is replaced by each push, and a clone of it with a clock of its own. */
async function setup(t: ExecutionContext) {
  const server = await createGitServer();
  const parent = await mkdtemp(join(tmpdir(), 'windlass-tidy-'));
  t.teardown(async () => {
    await server.close();
    await rm(parent, { recursive: true, force: true });
  });
  const directory = join(parent, 'clone');
  const repository = await server.create('config');
  const clock = { now: Date.parse('2026-11-22T10:00:00Z') };
  const needed = { commits: new Set<string>() as ReadonlySet<string> | undefined };
  const open = async () =>
    openRepository({
      ...repositoryOptions,
      location: server.url('config'),
      directory,
      git: await systemGit(),
      provider: 'gitea',
      needed: async () => needed.commits,
      now: () => new Date(clock.now),
    });
  const root = await repository.git('rev-parse', 'HEAD');
  const rewrite = async () => {
    await repository.git('reset', '-q', '--soft', root);
    return repository.push({ large: randomBytes(large) });
  };
  return { directory, clock, needed, open, rewrite };
}

async function bytesIn(directory: string): Promise<number> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(files.map(async (file) => (file.isFile() ? (await stat(join(file.parentPath, file.name))).size : 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('what forced pushes have replaced leaves the clone after a day, but not what is needed or being read', async (t) => {
  const { directory, clock, needed, open, rewrite } = await setup(t);
  const first = await open();
  await first.fetch();
  const commits: string[] = [];
  for (let push = 0; push < 4; push++) {
    commits.push(await rewrite());
    await first.fetch();
  }
  t.true((await bytesIn(directory)) > 4 * large);
  const [, deployed = '', read = ''] = commits;
  needed.commits = new Set([deployed, 'f'.repeat(40), 'draft']);
  clock.now += dayMs;
  // Another process has none of them in memory, and is asked for one of them.
  const opened = await open();
  await opened.tree(read);
  const newest = await rewrite();
  await opened.fetch();
  t.true((await bytesIn(directory)) < 4 * large);
  t.deepEqual(await Promise.all(commits.map((commit) => opened.hasCommit(commit))), [false, true, true, false]);
  for (const commit of [deployed, read, newest]) {
    const entry = (await opened.tree(commit)).find(({ path }) => path === 'large');
    t.is((await opened.read(entry?.oid ?? '')).length, large);
  }
  // Nothing asks for it any more.
  needed.commits = new Set();
  clock.now += dayMs;
  await rewrite();
  await opened.fetch();
  t.true((await bytesIn(directory)) < 2 * large);
  t.false(await opened.hasCommit(deployed));
});

test('where nobody can say what is needed, everything stays', async (t) => {
  const { clock, needed, open, rewrite } = await setup(t);
  const opened = await open();
  const commits: string[] = [];
  for (let push = 0; push < 3; push++) {
    commits.push(await rewrite());
    await opened.fetch();
  }
  needed.commits = undefined;
  clock.now += dayMs;
  commits.push(await rewrite());
  await opened.fetch();
  t.deepEqual(await Promise.all(commits.map((commit) => opened.hasCommit(commit))), [true, true, true, true]);
  needed.commits = new Set();
  commits.push(await rewrite());
  await opened.fetch();
  t.deepEqual(await Promise.all(commits.map((commit) => opened.hasCommit(commit))), [false, false, false, false, true]);
});
