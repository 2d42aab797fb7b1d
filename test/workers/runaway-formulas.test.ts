import test from 'ava';
import { createRunawayFormulas } from '../../src/workers/runaway-formulas.ts';

test('a formula that ran away is refused in its own revision and environment alone, and for some minutes', (t) => {
  let now = 0;
  const runaways = createRunawayFormulas(() => now);
  runaways.add('staging at a', 'apps/a/compose.yaml:3:18: slow()');
  runaways.add(undefined, 'windlass validate: slow()');
  t.deepEqual(runaways.of('staging at a'), ['apps/a/compose.yaml:3:18: slow()']);
  t.deepEqual(runaways.of('production at a'), []);
  t.deepEqual(runaways.of('staging at b'), []);
  t.deepEqual(runaways.of(undefined), []);
  now = 9 * 60_000;
  t.is(runaways.of('staging at a').length, 1);
  now = 11 * 60_000;
  t.deepEqual(runaways.of('staging at a'), []);
});
