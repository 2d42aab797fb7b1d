import test from 'ava';
import { createSessionWatch } from '../../src/queue/session.ts';

test('an agent that is there is not lost', (t) => {
  const over = createSessionWatch('web-1', 'one');
  t.is(over('one', 0), undefined);
});

test('another session is a restart, at once', (t) => {
  t.regex(createSessionWatch('web-1', 'one')('two', 0) ?? '', /restarted/);
});

test('no session counts only after five seconds without one', (t) => {
  const over = createSessionWatch('web-1', 'one');
  t.is(over(null, 1_000), undefined);
  t.is(over(null, 5_999), undefined);
  t.is(over('one', 6_000), undefined);
  t.is(over(null, 7_000), undefined);
  t.is(over(null, 11_999), undefined);
  t.regex(over(null, 12_000) ?? '', /does not answer/);
});
