import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { foldDifferences } from '../../src/controller/diff.ts';
import { shownInstalled } from '../../src/controller/former-secrets.ts';
import { placingLines } from '../../src/controller/placing-lines.ts';

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

test('another mode or owner is a line of its own, with or without other bytes', (t) => {
  const placing = ['mode 0644 → 0600', 'owner 0:0 → 101:101'];
  const [alone] = foldDifferences([{ container: 'a', target: '/x', installed: 'one\n', desired: 'one\n', placing }]);
  t.is(alone?.diff, 'mode 0644 → 0600\nowner 0:0 → 101:101\n');
  const [both] = foldDifferences([{ container: 'a', target: '/x', installed: 'one\n', desired: 'two\n', placing: placing.slice(1) }]);
  t.is(both?.diff, 'owner 0:0 → 101:101\n--- installed/x\n+++ desired/x\n@@ -1,1 +1,1 @@\n-one\n+two\n');
});

test('what a file was put there with is compared, or what somebody has made of that', (t) => {
  const wanted = { mode: 0o600, uid: 101, gid: 101 };
  const declared = { mode: 0o644, uid: 0, gid: 0 };
  t.deepEqual(placingLines({ installed: 'sha256:a', declared }, wanted), ['mode 0644 → 0600', 'owner 0:0 → 101:101']);
  t.deepEqual(placingLines({ installed: 'mode 0777', declared: wanted }, wanted), ['mode 0777 → 0600']);
  t.deepEqual(placingLines({ installed: 'owner 5:5', declared: wanted }, wanted), ['owner 5:5 → 101:101']);
  t.deepEqual(placingLines({ installed: 'sha256:a' }, wanted), [], 'an earlier version noted nothing');
  t.deepEqual(placingLines(undefined, wanted), []);
});

const bytesOf = (text: string) => Buffer.from(text);
const contentsOf = (...texts: string[]) =>
  new Map(texts.map((text) => [`sha256:${createHash('sha256').update(text).digest('hex')}`, bytesOf(text)]));

interface Situation {
  readonly target?: string;
  readonly laid?: string;
  readonly holdsSecrets?: boolean;
  readonly deployed?: string;
}

/** What is shown of an installed text; the present secret is `present`. */
function shown(text: string, desired: string | undefined, { target = '/x', laid, holdsSecrets = true, deployed }: Situation = {}) {
  const rendered = [laid, deployed].filter((one) => one !== undefined);
  const [hash] = laid === undefined ? [] : contentsOf(laid).keys();
  return shownInstalled(
    { bytes: bytesOf(text), target, desired, laid: hash },
    { secrets: ['present'], holdsSecrets, contents: new Map(), deployed: contentsOf(...rendered) },
  );
}

const hidden = '[line hidden: it may hold a former secret]';

test('of an unknown file that may hold a former secret only desired lines are shown', (t) => {
  t.is(shown('user = a\npass = old\nport = 1\n', 'user = a\npass = [secret]\nport = 2\n'), `user = a\n${hidden}\n${hidden}\n`);
  t.is(shown('pass = old\nkey = present\n', 'key = [secret]\n'), `${hidden}\nkey = [secret]\n`, 'rotated, and its line dropped');
  t.is(shown('key = old', 'port = 1'), hidden, 'the last secret of the application is no longer declared');
  t.is(shown('a\nkey = old\n', undefined), '[2 lines hidden: there may be a former secret]\n', 'the file goes, or moves');
  t.is(shown('old', undefined, { target: '/run/secrets/key', holdsSecrets: false }), '[1 line hidden: there may be a former secret]\n');
});

test('files that were rendered with present secrets, and those of an application that never had any, are shown', (t) => {
  t.is(shown('port = 1\n', 'port = 2\n', { holdsSecrets: false }), 'port = 1\n');
  t.is(shown('port = 1\n', undefined, { holdsSecrets: false }), 'port = 1\n');
  t.is(shown('key = present 1\n', 'key = [secret] 2\n', { deployed: 'key = present 1\n' }), 'key = [secret] 1\n');
});

test('what somebody changed by hand is shown where the file had no secret', (t) => {
  t.is(shown('theirs\n', 'ours\n', { laid: 'ours\n' }), 'theirs\n');
  t.is(shown('key = old\n', 'key = [secret]\n', { laid: 'key = present\n' }), `${hidden}\n`);
});

test('no former secret gets through, whatever else has changed', (t) => {
  const line = fc.stringMatching(/^[a-z =:]{0,12}$/);
  const former = fc.stringMatching(/^[A-Z0-9]{6,12}$/);
  const file = (lines: readonly string[], prefix: string, secret: string, suffix: string) =>
    [...lines, `${prefix}${secret}${suffix}`, ''].join('\n');
  const desired = (lines: readonly string[], prefix: string, suffix: string) =>
    fc.constantFrom(undefined, file(lines, prefix, '[secret]', suffix), lines.join('\n'));
  const files = fc
    .tuple(fc.array(line), fc.array(line), line, line)
    .chain(([then, now, prefix, suffix]) => fc.tuple(fc.constant(then), desired(now, prefix, suffix)));
  fc.assert(
    fc.property(files, line, line, former, fc.boolean(), ([then, wanted], prefix, suffix, secret, second) => {
      const installed = file(second ? [...then, 'present'] : then, prefix, secret, suffix);
      t.false(shown(installed, wanted).includes(secret));
    }),
  );
});
