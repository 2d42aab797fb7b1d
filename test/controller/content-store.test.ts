import test from 'ava';
import { createContentStore } from '../../src/controller/content-store.ts';

const bytes = (length: number) => new Uint8Array(length);

test('the newest contents are kept up to the bound, and what is put again is new again', (t) => {
  const store = createContentStore(10);
  store.keep(new Map([['a', bytes(4)]]));
  store.keep(new Map([['b', bytes(4)]]));
  store.keep(new Map([['a', bytes(4)]]));
  store.keep(new Map([['c', bytes(4)]]));
  t.deepEqual(
    ['a', 'b', 'c'].map((hash) => store.get(hash)?.length),
    [4, undefined, 4],
  );
});
