import test from 'ava';
import fc from 'fast-check';
import { isDue, isOver } from '../../src/configpush/tries.ts';
import type { StepVerify } from '../../src/model/step.ts';

/** When a verification that never passes is tried, milliseconds, looked at every 100 ms. */
function triesOf(of: Pick<StepVerify, 'withinMs' | 'retries'>): number[] {
  const verify: StepVerify = { kind: 'tcp', port: 80, ...of };
  const tried: number[] = [];
  for (let elapsed = 0; ; elapsed += 100) {
    if (!isDue({ verify, tries: tried.length }, elapsed)) continue;
    tried.push(elapsed);
    if (isOver({ verify, tries: tried.length }, elapsed)) return tried;
  }
}

test('without retries it is tried again and again until the time is over', (t) => {
  t.deepEqual(triesOf({ withinMs: 300 }), [0, 100, 200, 300]);
});

test('with retries it is tried so often after the first time, evenly over the time', (t) => {
  t.deepEqual(triesOf({ withinMs: 10_000, retries: 4 }), [0, 2500, 5000, 7500, 10_000]);
  t.deepEqual(triesOf({ withinMs: 10_000, retries: 0 }), [0]);
});

test('whatever is declared, it ends in time, and is tried no more often than that', (t) => {
  const of = fc.record({ withinMs: fc.integer({ min: 0, max: 20_000 }), retries: fc.integer({ min: 0, max: 50 }) });
  fc.assert(
    fc.property(of, (declared) => {
      const tried = triesOf(declared);
      return tried.length <= declared.retries + 1 && (tried.at(-1) ?? 0) < declared.withinMs + 100;
    }),
  );
  t.pass();
});
