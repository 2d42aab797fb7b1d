import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { removeFormerClones } from '../../src/controller/former-clones.ts';
import { silentLog } from '../../src/log.ts';

test('clones that nobody names any more go, and nothing else', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-clones-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const names = ['config-0123abcd', 'shop-0123abcd', 'shop-4567abcd', 'notes', 'shop-0123abcd.bak'];
  for (const name of names) {
    await mkdir(join(directory, name, 'objects'), { recursive: true });
    await writeFile(join(directory, name, 'HEAD'), '');
  }
  await removeFormerClones(directory, new Set(['config-0123abcd', 'shop-4567abcd']), silentLog);
  t.deepEqual((await readdir(directory)).sort(), ['config-0123abcd', 'notes', 'shop-0123abcd.bak', 'shop-4567abcd']);
  await t.notThrowsAsync(removeFormerClones(join(directory, 'not', 'there'), new Set(), silentLog));
});
