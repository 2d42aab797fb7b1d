import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import anyTest, { type ExecutionContext, type Implementation } from 'ava';
import { WindlassError } from '../../../src/errors.ts';
import { git } from '../../support/git-server.ts';
import { createRemote, waysToFetch } from '../../support/remote-repository.ts';

for (const { way, find } of waysToFetch) {
  const test = (title: string, implementation: Implementation<[]>) => anyTest(`${way}: ${title}`, implementation);
  const setup = (t: ExecutionContext, options?: Parameters<typeof createRemote>[2]) => createRemote(t, find, options);

  test('a push is there after the next fetch', async (t) => {
    const { open, repository } = await setup(t);
    const opened = open();
    await opened.fetch();
    const commit = await repository.push({ 'apps/shop/compose.yaml': 'services: {}\n' });
    t.not(await opened.resolve('main'), commit);
    await opened.fetch();
    t.is(await opened.head(), 'main');
    t.is(await opened.resolve('main'), commit);
    const tree = await opened.tree(commit);
    t.deepEqual(
      tree.map(({ path }) => path),
      ['apps/shop/compose.yaml', 'windlass.yaml'],
    );
    t.is(Buffer.from(await opened.read(tree[0]?.oid ?? '')).toString(), 'services: {}\n');
  });

  test('only the first fetch carries the whole tree, one without news nothing', async (t) => {
    const { server, open, repository } = await setup(t);
    const opened = open();
    await repository.push({ large: randomBytes(50_000) });
    const bytes = async () => {
      server.requests.splice(0);
      await opened.fetch();
      return server.requests.reduce((sum, request) => sum + request.bytes, 0);
    };
    const first = await bytes();
    t.true(first > 20_000, `${first}`);
    t.true((await bytes()) < 2000);
    t.deepEqual(
      server.requests.map(({ line }) => line),
      ['GET /config.git/info/refs?service=git-upload-pack'],
    );
    await repository.push({ small: 'x' });
    t.true((await bytes()) < 4000);
    t.true(server.requests.length <= 4, `${server.requests.length}`);
  });

  test('watched branches come and go', async (t) => {
    const watched = ['release', 'not-yet'];
    const { open, repository } = await setup(t, { branches: () => watched });
    const opened = open();
    await repository.git('checkout', '-q', '-b', 'release');
    const release = await repository.push({ a: 'release' });
    await repository.git('checkout', '-q', 'main');
    const main = await repository.push({ a: 'main' });
    await repository.git('push', '-q', 'origin', 'HEAD:refs/heads/other');
    await opened.fetch();
    t.is(await opened.resolve('release'), release);
    t.is(await opened.resolve('main'), main);
    t.is(await opened.resolve('other'), undefined);
    t.is((await opened.tree(release)).length, 2);
    watched.push('other');
    await repository.git('push', '-q', 'origin', ':refs/heads/release');
    await opened.fetch();
    t.is(await opened.resolve('release'), undefined);
    t.is(await opened.resolve('other'), main);
  });

  test('a forced push and a moved HEAD are followed', async (t) => {
    const { open, repository } = await setup(t);
    const opened = open();
    await repository.push({ a: '1' });
    await opened.fetch();
    await repository.git('reset', '-q', '--hard', 'HEAD~1');
    const forced = await repository.push({ b: '2' });
    await opened.fetch();
    t.is(await opened.resolve('main'), forced);
    t.deepEqual(
      (await opened.tree(forced)).map(({ path }) => path),
      ['b', 'windlass.yaml'],
    );
    await repository.git('checkout', '-q', '-b', 'trunk');
    const trunk = await repository.push({ c: '3' });
    await git(repository.bare, 'symbolic-ref', 'HEAD', 'refs/heads/trunk');
    await opened.fetch();
    t.is(await opened.head(), 'trunk');
    t.is(await opened.resolve('trunk'), trunk);
  });

  test('an older commit that the clone lacks is brought when its tree is asked for', async (t) => {
    const { open, repository } = await setup(t);
    const older = await repository.push({ a: 'older' });
    await repository.push({ a: 'newer' });
    const opened = open();
    await opened.fetch();
    t.false(await opened.hasCommit(older));
    const [entry] = await opened.tree(older);
    t.is(Buffer.from(await opened.read(entry?.oid ?? '')).toString(), 'older');
    await opened.fetch();
    t.true(await opened.hasCommit(older));
  });

  test('a commit that is nowhere is told', async (t) => {
    const { open } = await setup(t);
    const opened = open();
    await opened.fetch();
    await t.throwsAsync(opened.tree('1'.repeat(40)), {
      instanceOf: WindlassError,
      message: /does not give commit 1{40}: is it still on a branch\?/,
    });
    t.is((await opened.tree((await opened.resolve('main')) ?? '')).length, 1);
  });

  test('the clone is found again by the next process', async (t) => {
    const { server, open } = await setup(t);
    await open().fetch();
    server.requests.splice(0);
    const opened = open();
    const commit = (await opened.resolve('main')) ?? '';
    t.is((await opened.tree(commit)).length, 1);
    await opened.fetch();
    t.is(server.requests.length, 1);
  });

  const damages: readonly (readonly [string, (directory: string) => Promise<unknown>])[] = [
    ['whose packs are cut off', (directory) => inPacks(directory, '.pack', (file) => truncate(file, 40))],
    ['whose indexes are rubbish', (directory) => inPacks(directory, '.idx', (file) => writeFile(file, 'rubbish'))],
    ['whose packs are gone', (directory) => rm(join(directory, 'objects', 'pack'), { recursive: true })],
    ['whose refs are rubbish', (directory) => writeFile(join(directory, 'refs', 'heads', 'main'), 'rubbish')],
    ['whose HEAD is gone', (directory) => rm(join(directory, 'HEAD'))],
    ['that is gone', (directory) => rm(directory, { recursive: true })],
  ];
  for (const [what, damage] of damages) {
    test(`a clone ${what} is made afresh by a fetch`, async (t) => {
      const { open, repository, directory } = await setup(t);
      await open().fetch();
      await damage(directory);
      const opened = open();
      await opened.fetch();
      const commit = await repository.git('rev-parse', 'HEAD');
      t.is(await opened.head(), 'main');
      t.is(await opened.resolve('main'), commit);
      t.is((await opened.tree(commit)).length, 1);
    });
    test(`a clone ${what} is made afresh by reading`, async (t) => {
      const { open, repository, directory } = await setup(t);
      await open().fetch();
      await damage(directory);
      const opened = open();
      const [entry] = await opened.tree(await repository.git('rev-parse', 'HEAD'));
      t.is(Buffer.from(await opened.read(entry?.oid ?? '')).toString(), 'version: 1\n');
    });
  }

  async function inPacks(directory: string, ending: string, change: (file: string) => Promise<unknown>): Promise<void> {
    const packs = join(directory, 'objects', 'pack');
    for (const file of await readdir(packs)) if (file.endsWith(ending)) await change(join(packs, file));
  }

  test('a clone of another URL is not taken for this one', async (t) => {
    const { server, open, repository } = await setup(t);
    await open().fetch();
    const other = await server.create('other', { other: 'yes' });
    const opened = open(server.url('other'));
    await opened.fetch();
    t.is(await opened.resolve('main'), await other.git('rev-parse', 'HEAD'));
    t.not(await opened.resolve('main'), await repository.git('rev-parse', 'HEAD'));
  });

  test('a fetch that is cancelled ends at once, and the next one works', async (t) => {
    const { server, open } = await setup(t);
    const opened = open();
    const asked = new Promise<void>((resolve) => server.intercept(() => resolve()));
    const controller = new AbortController();
    const fetching = opened.fetch(controller.signal);
    await asked;
    controller.abort(new Error('stopping'));
    await t.throwsAsync(fetching, { message: 'stopping' });
    server.intercept(undefined);
    await opened.fetch();
    t.truthy(await opened.resolve('main'));
  });

  test('fetches at once ask the Git host at most twice', async (t) => {
    const { server, open } = await setup(t);
    const opened = open();
    await opened.fetch();
    server.requests.splice(0);
    await Promise.all(Array.from({ length: 20 }, () => opened.fetch()));
    t.true(server.requests.length <= 2, `${server.requests.length}`);
  });

  test('while pushes are fetched a branch is always there, and what it names is whole', async (t) => {
    const { open, repository } = await setup(t);
    const opened = open();
    await opened.fetch();
    let fetching = true;
    const reading = (async () => {
      for (let rounds = 0; fetching; rounds++) {
        const commit = await opened.resolve('main');
        if (commit === undefined) return t.fail('the branch was gone');
        t.is(await opened.head(), 'main');
        if (rounds % 10 === 0) t.true((await opened.tree(commit)).length > 0);
      }
    })();
    for (let round = 0; round < 8; round++) {
      await repository.push({ a: `${round}` });
      await opened.fetch();
    }
    fetching = false;
    await reading;
  });

  if (process.getuid?.() === 0)
    test('a full disk is told, keeps what there is, and is recovered from', async (t) => {
      const { open, repository, directory } = await setup(t);
      await promisify(execFile)('mkdir', [directory]);
      await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', directory]);
      t.teardown(() => promisify(execFile)('umount', [directory]));
      const opened = open(undefined, join(directory, 'clone'));
      await opened.fetch();
      const first = (await opened.resolve('main')) ?? '';
      const large = await repository.push({ large: randomBytes(1_000_000) });
      const error = await t.throwsAsync(opened.fetch(), {
        instanceOf: WindlassError,
        message: /^cannot write the clone of .*no space left/i,
      });
      t.false(error?.permanent);
      t.is(await opened.resolve('main'), first);
      t.is((await open(undefined, join(directory, 'clone')).tree(first)).length, 1);
      await promisify(execFile)('mount', ['-o', 'remount,size=8m', directory]);
      await opened.fetch();
      t.is(await opened.resolve('main'), large);
      t.is((await opened.tree(large)).length, 2);
    });
}
