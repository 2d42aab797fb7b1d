import test from 'ava';
import fc from 'fast-check';
import { entriesIn, packEntries, type TreeEntry, unpackEntries, withEntries } from '../../src/model/image.ts';

const byPath = (a: TreeEntry, b: TreeEntry) => (a.path < b.path ? -1 : 1);
const entries = (oid: string) =>
  fc
    .uniqueArray(fc.stringMatching(/^[a-c./ ä]{1,4}$/), { maxLength: 8 })
    .map((paths) => paths.map((path): TreeEntry => ({ path, mode: '100644', oid: oid.repeat(40) })).sort(byPath));

test('entries come back from their text as they went in', (t) => {
  fc.assert(
    fc.property(entries('a'), (all) => {
      t.deepEqual(unpackEntries(packEntries(all)), all);
      t.deepEqual(
        entriesIn(packEntries(all), (path) => path.startsWith('a')),
        all.filter(({ path }) => path.startsWith('a')),
      );
    }),
  );
});

test('some entries in place of others, or beside them, keep the order', (t) => {
  fc.assert(
    fc.property(entries('a'), entries('b'), (before, more) => {
      const others = before.filter(({ path }) => !more.some((one) => one.path === path));
      t.deepEqual(unpackEntries(withEntries(packEntries(before), more)), [...others, ...more].sort(byPath));
    }),
  );
});
