import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createFenceGuard } from '../../src/workers/fence-guard.ts';

test('a disk that could not be written for one run does not refuse the runs after it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-fences-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const fences = await createFenceGuard(directory);
  await rm(directory, { recursive: true });
  await t.throwsAsync(fences.pass({ target: 'staging/shop', token: 1 }));
  await mkdir(directory);
  await fences.pass({ target: 'staging/shop', token: 2 });
  const again = await createFenceGuard(directory);
  await t.throwsAsync(again.pass({ target: 'staging/shop', token: 1 }), { code: 'fenced' });
});
