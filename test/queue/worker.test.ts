import test from 'ava';
import { retryPauseMs } from '../../src/queue/worker.ts';

test('pauses between attempts grow from a second to a minute', (t) => {
  t.deepEqual([1, 2, 3, 6, 7, 8, 1_000_000].map(retryPauseMs), [1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
});
