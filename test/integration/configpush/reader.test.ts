import test from 'ava';
import { readWhilePushing } from './reading.ts';
import { startBench } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());

/** `bench/reader` does a thousand. */
const pushes = 100;

test(`a reader sees the old file or the new one, whole, over ${pushes} pushes`, async (t) => {
  const { bad, states } = await readWhilePushing(bench, pushes);
  t.deepEqual(bad, []);
  t.true(states > 10, 'the reader saw too few states to prove anything');
});
