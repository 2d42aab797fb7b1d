import test from 'ava';
import fc from 'fast-check';
import type { TreeEntry } from '../../src/model/image.ts';
import { contextFiles, dockerignoreEntry } from '../../src/repository/context-files.ts';

const entry = (path: string, mode = '100644'): TreeEntry => ({ path, mode, oid: path });
const paths = (files: readonly TreeEntry[]) => files.map(({ path }) => path);

/** What a .dockerignore leaves of the folder `web`. */
function leaves(title: string, text: string | undefined, files: readonly string[], left: readonly string[]) {
  test(`A build context ${title}`, (t) => {
    const entries = [...files.map((path) => entry(`web/${path}`)), entry('other/file'), entry('website/file')];
    t.deepEqual(paths(contextFiles(entries, 'web', text)), left);
  });
}

leaves('without a .dockerignore has all files of its folder', undefined, ['b', 'a/c', '.env'], ['.env', 'a/c', 'b']);
leaves(
  'leaves out what a pattern names, folders with all they hold',
  'node_modules\n*.md\n',
  ['node_modules/a/b.js', 'x.md', 'd/x.md'],
  ['d/x.md'],
);
leaves(
  'keeps what an exception names',
  '*\n!src\n!package.json\nsrc/secret',
  ['src/a', 'src/secret', 'package.json', 'dist/x'],
  ['package.json', 'src/a'],
);
leaves('knows ** in patterns', '**/*.log\n', ['a.log', 'd/e/b.log', 'd/e/b.txt'], ['d/e/b.txt']);
leaves('tells upper from lower case', 'README\n', ['README', 'readme'], ['readme']);
leaves('skips comments, blank lines and a byte order mark', '\uFEFF# all\n\n  \nx\r\n', ['x', '# all'], ['# all']);

test('A build context may be the whole tree', (t) => {
  t.deepEqual(paths(contextFiles([entry('b/c'), entry('a')], '', undefined)), ['a', 'b/c']);
});

test('A build context has files and symlinks, but no submodules', (t) => {
  const entries = [entry('a', '100755'), entry('l', '120000'), entry('s', '160000')];
  t.deepEqual(paths(contextFiles(entries, '', undefined)), ['a', 'l']);
});

test('A pattern that is none is a build error', (t) => {
  t.throws(() => contextFiles([entry('a')], '', '(x'), { code: 'build', message: /pattern of \.dockerignore/ });
});

test("The Dockerfile's own dockerignore comes before the general one", (t) => {
  const general = entry('web/.dockerignore');
  const own = entry('web/build/Dockerfile.dockerignore');
  t.is(dockerignoreEntry([general, own], 'web', 'build/Dockerfile'), own);
  t.is(dockerignoreEntry([general, own], 'web', 'Dockerfile'), general);
  t.is(dockerignoreEntry([own], 'web', 'Dockerfile'), undefined);
  t.is(dockerignoreEntry([entry('.dockerignore')], '', 'Dockerfile')?.path, '.dockerignore');
});

test("The order of the tree's entries does not matter", (t) => {
  const files = fc.uniqueArray(fc.stringMatching(/^[a-zé\u{1F600}]{1,4}(\/[a-c]{1,2})?$/u), { maxLength: 20 });
  fc.assert(
    fc.property(files, fc.constantFrom(undefined, '*\n!a*', 'b'), (names, ignore) => {
      const entries = names.map((name) => entry(name));
      t.deepEqual(contextFiles(entries, '', ignore), contextFiles(entries.toReversed(), '', ignore));
    }),
  );
});
