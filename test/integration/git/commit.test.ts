import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../../src/errors.ts';
import { openRepository, type Repository, type RepositoryOptions } from '../../../src/git/repository.ts';
import { Secret } from '../../../src/secret.ts';
import { createGitServer, createRepository, git, type TestRepository } from '../../support/git-server.ts';
import { repositoryOptions, systemGit } from '../../support/repository-options.ts';
import { createSshServer } from '../../support/ssh-server.ts';

const path = 'environments/production.yaml';

async function folder(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-commit-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function open(t: ExecutionContext, location: string, over: Partial<RepositoryOptions> = {}): Promise<Repository> {
  const directory = join(await folder(t), 'clone');
  return openRepository({ ...repositoryOptions, location, directory, provider: 'standard', git: await systemGit(), ...over });
}

async function change(repository: Repository, text: string, parent?: string): Promise<string> {
  await repository.fetch();
  return repository.commit({
    branch: 'main',
    parent: parent ?? (await repository.resolve('main')) ?? '',
    files: [{ path, mode: '100644', bytes: Buffer.from(text) }],
    author: { name: 'Ann', email: 'ann@example.com' },
    committer: { name: 'windlass', email: 'windlass@one' },
    at: new Date('2026-11-22T10:00:00Z'),
    message: 'Set theme\n\n-- not an option',
  });
}

async function arrived(t: ExecutionContext, { bare, git: inWork }: TestRepository, commit: string, text: string): Promise<void> {
  t.is(await git(bare, 'rev-parse', 'main'), commit);
  t.is(await git(bare, 'show', `main:${path}`), text.trim());
  const said = await git(bare, 'log', '-1', '--format=%an <%ae>|%cn|%B', 'main');
  t.is(said, 'Ann <ann@example.com>|windlass|Set theme\n\n-- not an option');
  t.is(await git(bare, 'rev-parse', 'main~1'), await inWork('rev-parse', 'HEAD'));
}

test('a bare repository of this machine gets the commit, and its hook runs', async (t) => {
  const repository = await createRepository(await folder(t), 'config');
  const hook = join(repository.bare, 'hooks', 'post-receive');
  await writeFile(hook, '#!/bin/sh\ncat >hook-said\n');
  await chmod(hook, 0o755);
  const commit = await change(await open(t, repository.bare), 'variables: {}\n');
  await arrived(t, repository, commit, 'variables: {}');
  t.regex(await readFile(join(repository.bare, 'hook-said'), 'utf8'), new RegExp(`${commit} refs/heads/main`));
});

test('an ordinary repository gets the commit, and its clean work tree follows', async (t) => {
  const { work } = await createRepository(await folder(t), 'config');
  const commit = await change(await open(t, work), 'variables: {}\n');
  t.is(await git(work, 'rev-parse', 'HEAD'), commit);
  t.is(await readFile(join(work, path), 'utf8'), 'variables: {}\n');
  t.is(await git(work, 'status', '--porcelain'), '');
});

test('a work tree that is not clean is left alone, and the reason is told', async (t) => {
  const { work } = await createRepository(await folder(t), 'config');
  const head = await git(work, 'rev-parse', 'HEAD');
  await writeFile(join(work, 'windlass.yaml'), 'version: 1 # being edited\n');
  const error = await t.throwsAsync(change(await open(t, work), 'variables: {}\n'), { instanceOf: WindlassError });
  t.regex(error?.message ?? '', /refuses the push to main: .*commit or stash what is changed in its work tree/);
  t.is(await git(work, 'rev-parse', 'HEAD'), head);
  t.is(await readFile(join(work, 'windlass.yaml'), 'utf8'), 'version: 1 # being edited\n');
});

test('a branch that has moved is not overwritten', async (t) => {
  const repository = await createRepository(await folder(t), 'config');
  const opened = await open(t, repository.bare);
  const before = (await opened.resolve('main')) ?? '';
  const theirs = await repository.push({ other: 'theirs' });
  const error = await t.throwsAsync(change(opened, 'variables: {}\n', before), { instanceOf: WindlassError });
  t.is((error as WindlassError).code, 'conflict');
  t.is(await git(repository.bare, 'rev-parse', 'main'), theirs);
});

test('what a hook says against it is handed on', async (t) => {
  const repository = await createRepository(await folder(t), 'config');
  const hook = join(repository.bare, 'hooks', 'pre-receive');
  await writeFile(hook, '#!/bin/sh\necho "main is protected" >&2\nexit 1\n');
  await chmod(hook, 0o755);
  const error = await t.throwsAsync(change(await open(t, repository.bare), 'variables: {}\n'), { instanceOf: WindlassError });
  t.regex(error?.message ?? '', /refuses the push to main: pre-receive hook declined/);
  t.is((error as WindlassError).output, 'main is protected');
});

test('a repository behind https gets the commit with the token, and a token that may only read is told', async (t) => {
  const server = await createGitServer({ password: 'right-token' });
  t.teardown(server.close);
  const repository = await server.create('config');
  await git(repository.bare, 'config', 'http.receivepack', 'true');
  const opened = await open(t, server.url('config'), { token: new Secret('right-token') });
  const commit = await change(opened, 'variables: { a: 1 }\n');
  await arrived(t, repository, commit, 'variables: { a: 1 }');
  await opened.fetch();
  t.is(await opened.resolve('main'), commit);
  await git(repository.bare, 'config', 'http.receivepack', 'false');
  const error = await t.throwsAsync(change(opened, 'variables: { a: 2 }\n'), { instanceOf: WindlassError });
  t.regex(error?.message ?? '', /refuses the push: its token needs the right to write/);
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
asRoot('a repository behind SSH gets the commit', async (t) => {
  const server = await createSshServer();
  t.teardown(server.close);
  const repository = await server.create('config');
  const ssh = { keyFile: server.keyFile, knownHostsFile: undefined, learnedHostsFile: join(await folder(t), 'known_hosts') };
  const commit = await change(await open(t, server.url('config'), { ssh }), 'variables: {}\n');
  await arrived(t, repository, commit, 'variables: {}');
});

asRoot("what root commits to somebody else's repository is theirs", async (t) => {
  const directory = await folder(t);
  const repository = await createRepository(directory, 'config');
  const [uid, gid] = [65_534, 65_534];
  await chmod(directory, 0o755);
  await chownAll(repository.bare, uid, gid);
  const commit = await change(await open(t, repository.bare), 'variables: {}\n');
  const object = join(repository.bare, 'objects', commit.slice(0, 2), commit.slice(2));
  t.is((await stat(object)).uid, uid);
  t.is((await stat(join(repository.bare, 'refs', 'heads', 'main'))).uid, uid);
});

async function chownAll(directory: string, uid: number, gid: number): Promise<void> {
  await chown(directory, uid, gid);
  for (const entry of await readdir(directory, { recursive: true })) await chown(join(directory, entry), uid, gid);
}

test('without git the cure is told', async (t) => {
  const repository = await createRepository(await folder(t), 'config');
  const opened = await open(t, repository.bare, { git: undefined });
  await t.throwsAsync(change(opened, 'variables: {}\n'), { message: /needs git on the PATH of the controller: install it/ });
});
