import test from 'ava';
import fc from 'fast-check';
import { createLru } from '../../src/git/lru.ts';

test('what was used last stays, what is larger than all is not kept', (t) => {
  const lru = createLru<string>({ max: 6, sizeOf: (text) => text.length });
  lru.set('a', 'aaa');
  lru.set('b', 'bbb');
  t.is(lru.get('a'), 'aaa');
  lru.set('c', 'ccc');
  t.is(lru.get('b'), undefined);
  t.is(lru.get('a'), 'aaa');
  lru.set('d', 'ddddddd');
  t.is(lru.get('d'), undefined);
  t.is(lru.get('c'), 'ccc');
});

test('it never holds more than its bound, and the newest always', (t) => {
  const entry = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), size: fc.integer({ min: 1, max: 10 }) });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1 }), (entries) => {
      const lru = createLru<number>({ max: 12, sizeOf: (size) => size });
      for (const { key, size } of entries) {
        lru.set(key, size);
        t.is(lru.get(key), size);
        const held = ['a', 'b', 'c', 'd', 'e'].reduce((sum, name) => sum + (lru.get(name) ?? 0), 0);
        t.true(held <= 12);
      }
    }),
  );
});
