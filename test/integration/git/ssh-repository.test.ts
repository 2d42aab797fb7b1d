import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../../src/errors.ts';
import { openRepository } from '../../../src/git/repository.ts';
import { repositoryOptions, systemGit } from '../../support/repository-options.ts';
import { createSshServer } from '../../support/ssh-server.ts';

const test = process.getuid?.() === 0 ? anyTest : anyTest.skip;

async function setup(t: ExecutionContext) {
  const server = await createSshServer();
  // A quote and a space: git hands ssh's command line to a shell.
  const parent = await mkdtemp(join(tmpdir(), "windlass's ssh-"));
  t.teardown(async () => {
    await server.close();
    await rm(parent, { recursive: true, force: true });
  });
  const git = await systemGit();
  const learnedHostsFile = join(parent, 'known hosts');
  const open = (over: { location?: string; keyFile?: string; knownHostsFile?: string } = {}) =>
    openRepository({
      ...repositoryOptions,
      location: over.location ?? server.url('config'),
      directory: join(parent, 'clone'),
      provider: 'standard',
      git,
      ssh: { keyFile: over.keyFile ?? server.keyFile, knownHostsFile: over.knownHostsFile, learnedHostsFile },
    });
  return { server, parent, learnedHostsFile, open, repository: await server.create('config') };
}

test('a repository is read over SSH, push after push', async (t) => {
  const { open, repository } = await setup(t);
  const opened = open();
  await opened.fetch();
  const commit = await repository.push({ 'apps/shop/compose.yaml': 'services: {}\n', large: randomBytes(50_000) });
  t.not(await opened.resolve('main'), commit);
  await opened.fetch();
  t.is(await opened.head(), 'main');
  t.is(await opened.resolve('main'), commit);
  const tree = await opened.tree(commit);
  t.is(Buffer.from(await opened.read(tree[0]?.oid ?? '')).toString(), 'services: {}\n');
  await repository.git('reset', '-q', '--hard', 'HEAD~1');
  const forced = await repository.push({ b: '2' });
  await opened.fetch();
  t.is(await opened.resolve('main'), forced);
  t.true(((await opened.fetchedAt())?.getTime() ?? 0) > 0);
});

test('an older commit is brought over SSH when its tree is asked for', async (t) => {
  const { open, repository } = await setup(t);
  const older = await repository.push({ a: 'older' });
  await repository.push({ a: 'newer' });
  const opened = open();
  await opened.fetch();
  const [entry] = await opened.tree(older);
  t.is(Buffer.from(await opened.read(entry?.oid ?? '')).toString(), 'older');
  await t.throwsAsync(opened.tree('1'.repeat(40)), { instanceOf: WindlassError, message: /does not give commit 1{40}/ });
});

test('a host met for the first time is remembered, and another one in its place is not believed', async (t) => {
  const { server, open, learnedHostsFile } = await setup(t);
  const opened = open();
  await opened.fetch();
  t.regex(await readFile(learnedHostsFile, 'utf8'), /ssh-ed25519/);
  await server.newHostKey();
  const error = await t.throwsAsync(opened.fetch(), { instanceOf: WindlassError, message: /is not believed: its host key is not the one/ });
  t.true((error as WindlassError).permanent);
  t.truthy(await opened.resolve('main'));
});

test('with a known_hosts file only the hosts in it are believed', async (t) => {
  const { server, open, parent, learnedHostsFile } = await setup(t);
  const knownHostsFile = join(parent, 'hosts of ours');
  await writeFile(knownHostsFile, '');
  await t.throwsAsync(open({ knownHostsFile }).fetch(), { message: /is not believed/ });
  await writeFile(knownHostsFile, await server.knownHost());
  await open({ knownHostsFile }).fetch();
  await t.throwsAsync(readFile(learnedHostsFile), { code: 'ENOENT' });
});

test('a key that the Git host does not know is told', async (t) => {
  const { open, server } = await setup(t);
  const error = await t.throwsAsync(open({ keyFile: join(server.directory, 'host-key') }).fetch(), {
    message: /refuses access: give the Git host/,
  });
  t.true((error as WindlassError).permanent);
});

test('a repository that is not there is told', async (t) => {
  const { open, server } = await setup(t);
  await t.throwsAsync(open({ location: server.url('none') }).fetch(), { message: /none\.git is not there: check its address/ });
});

test('a Git host that is away is waited for, and its clone stays', async (t) => {
  const { open, server, repository } = await setup(t);
  const opened = open();
  await opened.fetch();
  await server.stop();
  const error = await t.throwsAsync(opened.fetch(), { instanceOf: WindlassError, message: /cannot be reached: .*Connection refused/ });
  t.false((error as WindlassError).permanent);
  const again = open();
  t.is((await again.tree((await again.resolve('main')) ?? '')).length, 1);
  await server.start();
  const commit = await repository.push({ b: '1' });
  await again.fetch();
  t.is(await again.resolve('main'), commit);
});
