import test from 'ava';
import { ObjectTooLarge } from '../../src/git/objects.ts';
import { packEntries } from '../../src/model/image.ts';
import { readMore, readNeeds, readTree } from '../../src/workers/read-tree.ts';
import type { TreeReader } from '../../src/workers/revisions.ts';

const mebi = 2 ** 20;

/** A tree whose files have these sizes; `asked` are the paths that were read. */
function treesOf(sizes: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const entries = Object.keys(sizes)
    .sort()
    .map((path) => ({ path, mode: '100644', oid: path }));
  const trees = {
    packed: async () => packEntries(entries),
    read: async (_source: string, oid: string, most = 0) => {
      asked.push(oid);
      const bytes = sizes[oid] ?? 0;
      if (bytes > most) throw new ObjectTooLarge(oid, bytes, most);
      return new Uint8Array(bytes);
    },
  } as unknown as TreeReader;
  return { trees, asked, entry: (path: string) => entries.filter((one) => one.path === path) };
}

test('a file that is too large for a declaration is not read, and it is said why', async (t) => {
  const { trees } = treesOf({ 'apps/shop/compose.yaml': 100, 'apps/shop/film.mkv': 2_048 * mebi });
  const { files, refused } = await readTree(trees, 'config', 'c');
  t.deepEqual([...files.keys()], ['apps/shop/compose.yaml']);
  t.deepEqual([...(refused ?? [])], [['apps/shop/film.mkv', 'has 2048.0 MiB; one that is declared may have 8.0 MiB']]);
});

test('of many files as many are read as there is room for, declarations first, and the others when they are asked for', async (t) => {
  const films = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`apps/a/${String(n).padStart(3, '0')}.bin`, 5 * mebi]));
  const { trees, asked, entry } = treesOf({ ...films, 'windlass.yaml': 10, 'apps/a/compose.yaml': 10 });
  const tree = await readTree(trees, 'config', 'c');
  t.is(tree.files.get('windlass.yaml')?.length, 10);
  t.is(tree.files.get('apps/a/compose.yaml')?.length, 10);
  t.is(tree.files.size, 2 + 6);
  t.is(tree.refused?.size, 0);
  t.true(asked.length < 50);
  const more = await readMore(trees, 'config', tree, entry('apps/a/099.bin'));
  t.is(more.files.get('apps/a/099.bin')?.length, 5 * mebi);
});

test('those that are asked for have a bound together', async (t) => {
  const sizes = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`site/${n}.conf`, 7 * mebi]));
  const { trees, entry } = treesOf(sizes);
  let tree = await readTree(trees, 'config', 'c');
  for (const path of Object.keys(sizes)) tree = await readMore(trees, 'config', tree, entry(path));
  t.is(tree.files.size, 9);
  t.is(tree.refused?.size, 11);
  t.is(tree.refused?.get('site/19.conf'), 'is not read: the files of all declarations may have 64 MiB together');
});

test('of tens of thousands of files those that are wanted are found, wherever they stand', async (t) => {
  const pages = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`site/${n}.html`, 1]));
  const { trees } = treesOf({ ...pages, 'apps/shop/compose.yaml': 1, 'windlass.yaml': 1, 'z/Dockerfile': 1 });
  const tree = await readTree(trees, 'config', 'c');
  t.deepEqual([...tree.files.keys()].sort(), ['apps/shop/compose.yaml', 'windlass.yaml', 'z/Dockerfile']);
  const state = { config: tree };
  await readNeeds(trees, state, [
    { source: 'config', path: 'site/0.html' },
    { source: 'config', path: 'site/9999.html' },
  ]);
  t.is(state.config.files.size, 5);
});
