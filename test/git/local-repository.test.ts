import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../src/errors.ts';
import { askAccessRights } from '../../src/git/access-rights.ts';
import { hooksRunAs } from '../../src/git/local-repository.ts';
import { ObjectTooLarge } from '../../src/git/objects.ts';
import { openRepository } from '../../src/git/repository.ts';
import { createRepository, type Files, git } from '../support/git-server.ts';
import { repositoryOptions } from '../support/repository-options.ts';

const open = (location: string) =>
  openRepository({ ...repositoryOptions, location, directory: '/nonexistent', provider: 'standard', git: undefined });

async function directory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'windlass-local-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function repository(t: ExecutionContext, files?: Files) {
  return createRepository(await directory(t), 'config', files);
}

test('a bare and an ordinary repository give branch, files and bytes', async (t) => {
  const { bare, work, push } = await repository(t);
  const commit = await push({ 'apps/shop/compose.yaml': 'services: {}\n' });
  for (const path of [bare, work, `file://${bare}`]) {
    const opened = open(path);
    await opened.fetch();
    t.is(await opened.head(), 'main');
    t.is(await opened.resolve('main'), commit);
    const tree = await opened.tree(commit);
    t.deepEqual(
      tree.map((entry) => entry.path),
      ['apps/shop/compose.yaml', 'windlass.yaml'],
    );
    t.is(Buffer.from(await opened.read(tree[0]?.oid ?? '')).toString(), 'services: {}\n');
    t.true(await opened.hasCommit(commit));
    t.false(await opened.hasCommit('0'.repeat(40)));
  }
});

test('executables and symlinks keep their mode, a submodule is left out', async (t) => {
  const { bare, work, push } = await repository(t, { 'run.sh': '#!/bin/sh\n' });
  await chmod(join(work, 'run.sh'), 0o755);
  await symlink('run.sh', join(work, 'link'));
  const { work: other } = await createRepository(await directory(t), 'other');
  await git(work, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', other, 'sub');
  const commit = await push({});
  const opened = open(bare);
  const tree = await opened.tree(commit);
  t.deepEqual(
    tree.map(({ path, mode }) => `${mode} ${path}`),
    ['100644 .gitmodules', '120000 link', '100755 run.sh'],
  );
  t.is(Buffer.from(await opened.read(tree[1]?.oid ?? '')).toString(), 'run.sh');
});

test('the list of files is the one that git gives', async (t) => {
  const names = ['a', 'a.b', 'a-b/c', 'a/b', 'a0', 'ä/ö ü', 'A', '"q"', 'x/y/z/1', 'x/y.z'];
  const {
    bare,
    work,
    git: run,
  } = await repository(t, Object.fromEntries(names.filter((name) => name !== 'a').map((name) => [name, name])));
  const commit = await run('rev-parse', 'HEAD');
  const listed = (await git(work, 'ls-tree', '-r', '-z', commit))
    .split('\0')
    .filter(Boolean)
    .map((line) => line.replace(/^(\d+) \w+ (\w+)\t/, '$1 $2 '));
  const tree = await open(bare).tree(commit);
  t.deepEqual(tree.map(({ mode, oid, path }) => `${mode} ${oid} ${path}`).sort(), listed.sort());
});

test('a file that is larger than asked for is refused by its size, however Git keeps it', async (t) => {
  const { bare, push } = await repository(t);
  // Bytes that do not compress, so that the second is kept as a change of the first.
  const noise = Buffer.from(Array.from({ length: 400_000 }, (_, n) => (n * n * 7919) >> 5));
  await push({ noise });
  const commit = await push({ noise: Buffer.concat([noise, Buffer.from('and more')]), small: 'small' });
  for (const kept of ['loose', 'packed']) {
    if (kept === 'packed') await git(bare, 'repack', '-a', '-d', '-q');
    const opened = open(bare);
    const [large, small] = await Promise.all(
      ['noise', 'small'].map(async (path) => (await opened.tree(commit)).find((entry) => entry.path === path)?.oid ?? ''),
    );
    const error = await t.throwsAsync(opened.read(large ?? '', 400_007), { instanceOf: ObjectTooLarge }, kept);
    t.is(error?.bytes, 400_008);
    t.is((await opened.read(large ?? '', 400_008)).length, 400_008, kept);
    t.is((await opened.read(small ?? '', 5)).length, 5, kept);
    await t.throwsAsync(opened.read(large ?? '', 400_007), { instanceOf: ObjectTooLarge }, 'once it is kept in memory, too');
  }
  t.regex(await git(bare, 'cat-file', '--batch-check=%(deltabase)', '--batch-all-objects'), /[1-9a-f]/, 'one is kept as a change');
});

test('packed refs and packs are read, also when they are packed while the repository is open', async (t) => {
  const { bare, push } = await repository(t);
  const first = await push({ a: '1' });
  const opened = open(bare);
  t.is((await opened.tree(first)).length, 2);
  const second = await push({ a: '2' });
  await git(bare, 'gc', '-q', '--prune=now');
  t.is(await opened.resolve('main'), second);
  const [entry] = await opened.tree(second);
  t.is(Buffer.from(await opened.read(entry?.oid ?? '')).toString(), '2');
  const third = await push({ a: '3' });
  await git(bare, 'repack', '-q', '-a', '-d');
  t.is(await opened.resolve('main'), third);
  t.is((await opened.tree(third)).length, 2);
});

test('reading goes on while the repository is packed again and again', async (t) => {
  const { bare, push } = await repository(
    t,
    Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`d${index % 5}/f${index}`, `${index}`])),
  );
  let packing = true;
  const reading = (async () => {
    let rounds = 0;
    for (; packing || rounds === 0; rounds++) {
      const opened = open(bare);
      const tree = await opened.tree((await opened.resolve('main')) ?? '');
      await Promise.all(tree.map(({ oid }) => opened.read(oid)));
    }
    return rounds;
  })();
  for (let round = 0; round < 6; round++) {
    await push({ 'd0/f0': `round ${round}` });
    await git(bare, 'repack', '-q', '-a', '-d');
    await git(bare, 'pack-refs', '--all');
  }
  packing = false;
  t.true((await reading) > 0);
});

test('a tag is no branch, and a branch beats a tag of its name', async (t) => {
  const { bare, push, git: run } = await repository(t);
  const tagged = await run('rev-parse', 'HEAD');
  await run('tag', '-a', '-m', 'tag', 'v1');
  await run('tag', '-a', '-m', 'tag', 'main');
  await run('push', '-q', 'origin', 'refs/tags/v1', 'refs/tags/main');
  const commit = await push({ a: '1' });
  await git(bare, 'pack-refs', '--all');
  const opened = open(bare);
  t.is(await opened.resolve('v1'), undefined);
  t.not(commit, tagged);
  t.is(await opened.resolve('main'), commit);
});

test('a name that is no branch is none, whatever it points at', async (t) => {
  const { bare, git: run } = await repository(t);
  await run('push', '-q', 'origin', 'HEAD:refs/heads/feature/a');
  const opened = open(bare);
  for (const name of ['gone', 'feature', '../../HEAD', '../heads/main', '', '-x', 'a..b', 'main.lock'])
    t.is(await opened.resolve(name), undefined, name);
  t.truthy(await opened.resolve('feature/a'));
});

test("HEAD's branch is known before its first commit", async (t) => {
  const path = await directory(t);
  await git(path, 'init', '-q', '--bare');
  const opened = open(path);
  t.is(await opened.head(), 'main');
  t.is(await opened.resolve('main'), undefined);
});

test('a repository that appears later is read then', async (t) => {
  const path = await directory(t);
  const opened = open(join(path, 'config.git'));
  const error = await t.throwsAsync(opened.fetch(), { instanceOf: WindlassError });
  t.is(error?.message, `${path}/config.git is no Git repository: write the path of one, bare or ordinary`);
  t.false(error?.permanent);
  await createRepository(path, 'config');
  await opened.fetch();
  t.is(await opened.head(), 'main');
});

test('a file whose name leaves its folder is refused', async (t) => {
  const { bare, work } = await repository(t);
  const blob = await git(work, 'hash-object', '-w', 'windlass.yaml');
  const tree = await rawTree(work, blob, '..');
  const commit = await git(work, 'commit-tree', '-m', 'x', tree);
  await git(work, 'push', '-q', 'origin', `${commit}:refs/heads/evil`);
  const error = await t.throwsAsync(open(bare).tree(commit), { instanceOf: WindlassError, message: /".." contains unsafe/ });
  t.true(error?.permanent);
});

/** git mktree refuses such a name; hash-object --literally does not. */
async function rawTree(work: string, blob: string, name: string): Promise<string> {
  await mkdir(join(work, '..', 'raw'), { recursive: true });
  const file = join(work, '..', 'raw', 'tree');
  await writeFile(file, Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]));
  return git(work, 'hash-object', '-t', 'tree', '-w', '--literally', file);
}

const refused = (t: ExecutionContext, location: string, message: RegExp) => {
  const error = t.throws(() => open(location), { instanceOf: WindlassError, message });
  t.is(error?.code, 'git');
};
test('ssh:// needs git', refused, 'ssh://git@git.example.com/acme/config.git', /needs git and ssh on the PATH/);
test('host:path needs git', refused, 'git@git.example.com:acme/config.git', /needs git and ssh on the PATH/);
test('ext:: is refused', refused, 'ext::sh -c id', /a URL with a transport of its own/);
test('git:// is refused', refused, 'git://git.example.com/a.git', /is a git:\/\/ URL/);

test('a linked work tree, borrowed objects and SHA-256 are told, with the cure', async (t) => {
  const { bare, work } = await repository(t);
  await git(work, 'worktree', 'add', '-q', '--detach', '../linked');
  await t.throwsAsync(open(join(work, '..', 'linked')).head(), { message: /is a linked work tree: write the path of its main repository/ });
  await git(work, 'clone', '-q', '--bare', '--shared', bare, '../shared.git');
  await t.throwsAsync(open(join(work, '..', 'shared.git')).head(), { message: /git repack -a -d/ });
  await git(work, 'init', '-q', '--bare', '--object-format=sha256', '../sha256.git');
  await t.throwsAsync(open(join(work, '..', 'sha256.git')).head(), { message: /is a SHA-256 repository/ });
});

test('a detached HEAD is told', async (t) => {
  const { work } = await repository(t);
  await git(work, 'checkout', '-q', '--detach');
  await t.throwsAsync(open(work).head(), { message: /HEAD of .* is at no branch: check one out/ });
});

test('whether it may be pushed to is asked of the folder that a push writes to, and a refusal keeps its cure', async (t) => {
  const { work } = await repository(t);
  const ask = (location: string) => askAccessRights({ location, provider: 'standard', token: undefined });
  t.true((await ask(work)).mayPush);
  const linked = join(await directory(t), 'linked');
  await git(work, 'worktree', 'add', '-q', linked);
  const { mayPush, pushError } = await ask(linked);
  t.false(mayPush);
  t.regex(pushError ?? '', /write the path of its main repository/);
});

test("hooks run as the repository's owner, or not at all", (t) => {
  const repository = { uid: 1_000, gid: 100 };
  t.deepEqual(hooksRunAs(repository, 1_000, '/srv/config.git'), {});
  t.deepEqual(hooksRunAs(repository, 0, '/srv/config.git'), { owner: repository });
  t.deepEqual(hooksRunAs({ uid: 0, gid: 0 }, 0, '/srv/config.git'), {});
  for (const other of [842, undefined])
    t.throws(() => hooksRunAs(repository, other, '/srv/config.git'), { message: /run windlass as its owner/ });
  t.throws(() => hooksRunAs({ uid: 0, gid: 0 }, 842, '/srv/config.git'), { instanceOf: WindlassError });
});
