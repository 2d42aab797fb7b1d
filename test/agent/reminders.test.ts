import test from 'ava';
import fc from 'fast-check';
import { nextReminders, type Reminders } from '../../src/agent/reminders.ts';

/** The moments at which a container that stays unloaded is reminded of, asked every five seconds for so long. */
function remindersOf(forMs: number): readonly number[] {
  const moments: number[] = [];
  let known: Reminders = new Map();
  for (let now = 0; now <= forMs; now += 5_000) {
    const { reminders, due } = nextReminders(known, ['a'], now);
    known = reminders;
    if (due.includes('a')) moments.push(now);
  }
  return moments;
}

test('what is not loaded is reminded of without end, with pauses that grow up to an hour', (t) => {
  const moments = remindersOf(24 * 3_600_000);
  t.deepEqual(moments.slice(0, 4), [10_000, 30_000, 70_000, 150_000]);
  const pauses = moments.slice(1).map((moment, i) => moment - (moments[i] ?? 0));
  t.true(pauses.every((pause, i) => pause >= (pauses[i - 1] ?? 0)));
  t.is(Math.max(...pauses), 3_600_000);
  t.is(pauses.at(-1), 3_600_000);
});

test('what is loaded again is forgotten, and begins anew the next time', (t) => {
  const ids = fc.subarray(['a', 'b', 'c']);
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 30 }), (looks) => {
      let known: Reminders = new Map();
      looks.forEach((unloaded, i) => {
        const { reminders, due } = nextReminders(known, unloaded, i * 5_000);
        t.deepEqual([...reminders.keys()], unloaded);
        t.true(due.every((id) => known.has(id)));
        known = reminders;
      });
    }),
  );
});
