import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createKeyedLock } from '../src/keyed-lock.ts';

test('one at a time per key and in order, others side by side, also after a failure', async (t) => {
  const lock = createKeyedLock();
  const seen: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = lock('a', async () => {
    seen.push('a1 in');
    await held;
    seen.push('a1 out');
    throw new Error('failed');
  });
  const second = lock('a', async () => seen.push('a2'));
  await lock('b', async () => seen.push('b'));
  await sleep(1);
  release();
  await t.throwsAsync(first, { message: 'failed' });
  t.is(await second, 4);
  t.deepEqual(seen, ['a1 in', 'b', 'a1 out', 'a2']);
});
