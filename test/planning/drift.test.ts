import test from 'ava';
import { driftVerdict } from '../../src/planning/drift.ts';

const declared = { mode: 0o444, uid: 0, gid: 0 };
const ours = { hash: 'ours', ...declared };
const changed = (due: boolean) => ({ installed: 'theirs', loaded: 'ours', declared, drift: { from: 'ours', times: 2, due } });

test('what somebody else has changed is repaired, reported or ignored as declared', (t) => {
  t.is(driftVerdict('repair', ours, changed(true)), 'repair');
  t.is(driftVerdict('repair', ours, changed(false)), 'paused');
  t.is(driftVerdict('report', ours, changed(true)), 'report');
  t.is(driftVerdict('ignore', ours, changed(true)), 'ignore');
});

test('a person who asks has it repaired at once, unless it is to be ignored', (t) => {
  t.is(driftVerdict('repair', ours, changed(false), { asked: true }), 'repair');
  t.is(driftVerdict('report', ours, changed(false), { asked: true }), 'repair');
  t.is(driftVerdict('ignore', ours, changed(true), { asked: true }), 'ignore');
});

test('a newer file is installed whatever somebody else has done to the one before it', (t) => {
  for (const policy of ['repair', 'report', 'ignore'] as const)
    t.is(driftVerdict(policy, { ...ours, hash: 'newer' }, changed(false)), undefined, policy);
  t.is(driftVerdict('ignore', { ...ours, mode: 0o400 }, changed(false)), undefined, 'the same bytes with another mode are newer, too');
  t.is(driftVerdict('report', ours, { installed: 'ours', loaded: 'ours' }), undefined);
  t.is(driftVerdict('report', ours, undefined), undefined);
});
