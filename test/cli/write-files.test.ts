import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { writeFiles } from '../../src/cli/init/write-files.ts';

test('where one file cannot be copied, nothing stays of the others, and what was there before does', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-write-'));
  t.teardown(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'mine'), '');
  const copies = [{ from: join(directory, 'nowhere'), to: 'a/b/c' }];
  await t.throwsAsync(writeFiles(join(directory, 'new/repository'), new Map([['x/y', 'z']]), copies), {
    message: /^nothing was written below .*nowhere/,
  });
  await t.throwsAsync(writeFiles(directory, new Map([['x/y', 'z']]), copies), { message: /^nothing was written below .*nowhere/ });
  t.deepEqual(await readdir(directory), ['mine']);
});

test('what is written and copied to one path is written', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-write-'));
  t.teardown(() => rm(directory, { recursive: true }));
  t.deepEqual(await writeFiles(directory, new Map([['a', 'new']]), [{ from: join(directory, 'nowhere'), to: 'a' }]), ['a']);
});
