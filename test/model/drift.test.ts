import test from 'ava';
import fc from 'fast-check';
import { type Drift, driftFound, isDue, repairPauseMs } from '../../src/model/drift.ts';

const hour = 3_600_000;

test('the first change is put right at once, the next ones with growing pauses of at most four hours', (t) => {
  t.is(repairPauseMs({ times: 1 }), 0);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (times) => {
      t.true(repairPauseMs({ times: times + 1 }) >= repairPauseMs({ times }));
      t.true(repairPauseMs({ times }) <= 4 * hour);
    }),
  );
  const third = driftFound('h', driftFound('h', driftFound('h', undefined, 0), 0), 0);
  t.false(isDue(third, repairPauseMs(third) - 1));
  t.true(isDue(third, repairPauseMs(third)));
});

test('after a quiet day a change is the first again', (t) => {
  const again = (last: Drift | undefined, now: number) => driftFound('h', last, now).times;
  const first = driftFound('h', undefined, 0);
  t.is(again(first, 24 * hour - 1), 2);
  t.is(again(first, 24 * hour), 1);
});
