import test from 'ava';
import fc from 'fast-check';
import { foldDifferences } from '../../src/controller/diff.ts';
import { maskFormer } from '../../src/controller/former-secrets.ts';

test('the same change in many containers is shown once, with all their names', (t) => {
  const files = ['a', 'b', 'c'].map((container) => ({ container, target: '/x', installed: 'one\n', desired: 'two\n' }));
  const [same, other] = foldDifferences([...files, { container: 'd', target: '/x', installed: 'three\n', desired: 'two\n' }]);
  t.deepEqual(same?.containers, ['a', 'b', 'c']);
  t.is(same?.diff, '--- installed/x\n+++ desired/x\n@@ -1,1 +1,1 @@\n-one\n+two\n');
  t.deepEqual(other?.containers, ['d']);
});

test('what is equal is left out, and what cannot be read says why', (t) => {
  const equal = { container: 'a', target: '/x', installed: 'one\n', desired: 'one\n' };
  const lost = { container: 'b', target: '/x', installed: undefined, desired: 'one\n', unread: 'host two is lost' };
  const [only, more] = foldDifferences([equal, lost]);
  t.is(more, undefined);
  t.deepEqual(only, { containers: ['b'], target: '/x', diff: 'what is installed cannot be read: host two is lost\n' });
});

test('a rotated secret is masked where it stood, and other lines are shown', (t) => {
  t.is(
    maskFormer('user = a\npassword = "old"\nport = 1\n', 'user = a\npassword = "[secret]"\nport = 1\n'),
    'user = a\npassword = "[former secret]"\nport = 1\n',
  );
  t.is(maskFormer('pass = [secret]\nport = 1\n', 'password = [secret]\nport = 2\n'), 'pass = [secret]\nport = 1\n', 'none was rotated');
  t.is(maskFormer('old and\nmany lines\n', '[secret]\n'), '[former secret]');
  t.is(maskFormer('port = 1\n', 'port = 2\n'), 'port = 1\n');
  t.is(
    maskFormer('db://user:old@db\nport = 1\nhost = a\n', 'password = [secret]\nhost = a\n'),
    '[a line that may hold a former secret]\n[a line that may hold a former secret]\nhost = a\n',
  );
});

test('no former secret gets through, whatever else has changed', (t) => {
  const line = fc.stringMatching(/^[a-z =:]{0,12}$/);
  const former = fc.stringMatching(/^[A-Z0-9]{6,12}$/);
  const file = (lines: readonly string[], prefix: string, secret: string, suffix: string) =>
    [...lines, `${prefix}${secret}${suffix}`, ''].join('\n');
  fc.assert(
    fc.property(fc.array(line), fc.array(line), fc.tuple(line, line, line, line), former, (then, now, [a, b, c, d], secret) => {
      t.false(maskFormer(file(then, a, secret, b), file(now, c, '[secret]', d)).includes(secret));
    }),
  );
});
