import test from 'ava';
import fc from 'fast-check';
import { formatMark, judgeFormat, stateFormat } from '../../src/model/state-format.ts';

const judge = (mark: string | undefined) => judgeFormat(mark, 'the state directory /state', '0.1.0');

test('state of before there were marks, and of this format by whatever version, is used', (t) => {
  t.is(judge(undefined), 'unmarked');
  t.is(judge(`${formatMark('0.1.0')}\n`), 'known');
  t.is(judge(formatMark('9.9.9-rc.1')), 'known');
});

test('a newer format is refused with the place, both versions and two ways out', (t) => {
  const error = t.throws(() => judge(`${stateFormat + 1} 0.4.0`), { code: 'state' });
  t.is(
    error?.message,
    'the state directory /state was laid out by windlass 0.4.0 (format 2); this is windlass 0.1.0, which reads format 1: run 0.4.0 or newer, or put back the copy from before the upgrade',
  );
});

test('no mark that is not of this very format is taken for one', (t) => {
  fc.assert(
    fc.property(fc.string(), (mark) => {
      fc.pre(!/^0*1 \S+$/.test(mark.trim()));
      t.throws(() => judge(mark), { code: 'state' });
    }),
  );
});
