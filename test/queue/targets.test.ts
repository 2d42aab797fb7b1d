import test from 'ava';
import { appTarget, isTarget, parseTarget, sourceTarget, type Target } from '../../src/queue/targets.ts';

test('a target is taken apart into what it was made of', (t) => {
  t.deepEqual(parseTarget(sourceTarget('config')), { kind: 'source', source: 'config' });
  t.deepEqual(parseTarget(appTarget('staging', 'shop')), { kind: 'app', environment: 'staging', app: 'shop' });
});

test('nothing else is a target', (t) => {
  for (const text of [
    '',
    'source:',
    'app:staging',
    'app:staging/shop/web',
    'app:../shop',
    'source:Config',
    'host:web-1',
    'xsource:config',
  ]) {
    t.false(isTarget(text), text);
    t.throws(() => parseTarget(text as Target), { name: 'WindlassError' });
  }
});
