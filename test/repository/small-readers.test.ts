import test from 'ava';
import fc from 'fast-check';
import { nearest } from '../../src/model/nearest.ts';
import { readDotenv } from '../../src/repository/dotenv.ts';
import { lookupKey, splitReference } from '../../src/repository/image-reference.ts';
import { isInitialFile } from '../../src/repository/initial-files.ts';
import { createIssues, formatIssue } from '../../src/repository/issues.ts';
import { parseBytes, parseDuration } from '../../src/repository/quantities.ts';
import { pathIn } from '../../src/repository/repository-path.ts';
import { shellWords } from '../../src/repository/shell-words.ts';
import { treeOf } from './trees.ts';

const is = (title: string, actual: unknown, expected: unknown) =>
  test(title, (t) => {
    t.deepEqual(actual, expected);
  });

is('10s', parseDuration('10s'), 10_000);
is('1m30s', parseDuration('1m30s'), 90_000);
is('1.5h', parseDuration('1.5h'), 5_400_000);
is('250us is rounded', parseDuration('250us'), 0);
is('0 needs no unit', parseDuration('0'), 0);
is('10 needs one', parseDuration('10'), undefined);
is('-1s is no duration', parseDuration('-1s'), undefined);
is('10 s is no duration', parseDuration('10 s'), undefined);

is('512 bytes', parseBytes('512'), 512);
is('64k', parseBytes('64k'), 65_536);
is('1.5GB', parseBytes('1.5GB'), 1_610_612_736);
is('1gib', parseBytes('1gib'), 1_073_741_824);
is('1x is no size', parseBytes('1x'), undefined);

is('words and quotes', shellWords(`sh -c 'echo "hi"' a\\ b "c\\"d" ''`), ['sh', '-c', 'echo "hi"', 'a b', 'c"d', '']);
is('quotes within a word', shellWords('--x="a b"c'), ['--x=a bc']);
is('blanks alone', shellWords('  '), []);
is('an open quote', shellWords("echo 'a"), undefined);
is('a backslash at the end', shellWords('echo \\'), undefined);

test('single quotes bring every word through', (t) => {
  const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      t.deepEqual(shellWords(words.map(quoted).join(' ')), words);
    }),
  );
});

is('a path beside', pathIn('apps/shop', './x/../y'), 'apps/shop/y');
is('a path of another folder', pathIn('apps/shop', '../../templates/a'), 'templates/a');
is('the root itself', pathIn('', '.'), '');
is('out of the repository', pathIn('apps', '../../x'), undefined);
is('an absolute path', pathIn('apps', '/etc/passwd'), undefined);

is('a swap is one mistake', nearest('prots', ['ports', 'image']), 'ports');
is('a far name is not meant', nearest('foo', ['ports']), undefined);
is('a name of the prototype is no suggestion', nearest('constructor', []), undefined);

is('a short reference', splitReference('web'), { name: 'web', tag: undefined, digest: undefined });
is('a registry with a port', splitReference('localhost:5000/a/b:1.2'), { name: 'localhost:5000/a/b', tag: '1.2', digest: undefined });
is('the Docker Hub is left out', lookupKey('docker.io/library/debian'), 'debian:latest');
is('a digest is looked up nowhere', lookupKey(`debian@sha256:${'0'.repeat(64)}`), undefined);
is('an option is no reference', splitReference('--privileged'), undefined);
is('capitals are no name', splitReference('Web'), undefined);

const dotenv = (text: string) => {
  const issues = createIssues();
  const values = readDotenv('.env', Buffer.from(text), () => undefined, issues);
  return issues.list().length > 0 ? issues.list().map(formatIssue) : values;
};
is('plain lines, comments and export', dotenv('# c\nA=1\n\nexport B = two words # c\nC=a#b\n'), { A: '1', B: 'two words', C: 'a#b' });
is('quotes', dotenv(`A='$X "q"'\nB="a\\nb # c"\nC="\\$A" # c\n`), { A: '$X "q"', B: 'a\nb # c', C: '$A' });
is('a quote over several lines', dotenv('A="one\ntwo"\nB=3'), { A: 'one\ntwo', B: '3' });
is('references to the lines above', dotenv('A=1\nB=${A}2\nC="$B"'), { A: '1', B: '12', C: '12' });
is('CRLF in a dotenv file', dotenv('A=1\r\nB=2\r\n'), { A: '1', B: '2' });
is('a name alone', dotenv('A=1\nHOME\n'), ['.env:2:1: a line is NAME=value; windlass does not pass on its own environment']);
is('a reference to nothing', dotenv('A=1\nB=${X}\n'), ['.env:2:1: ${X} is not set']);
is('text behind a quote', dotenv('A="x"y'), ['.env:1:1: the quote behind A is not closed, or something follows it']);
is('an open quote says where it starts', dotenv('A=1\nB="x\n\n'), ['.env:2:1: the quote behind B is not closed, or something follows it']);

test('declarations are read at first, what images are made from is not', (t) => {
  const wanted = [
    'windlass.yaml',
    'environments/staging.yaml',
    'apps/shop/compose.yaml',
    'apps/shop/conf.d/a.conf',
    'templates/x.conf',
    'images/base/Dockerfile',
    'images/base/Dockerfile.alpine',
    'images/base/.dockerignore',
    'images/base/Dockerfile.dockerignore',
    'images/web/site.conf.mustache',
  ];
  const others = ['README.md', 'images/base/app.jar', 'environments/a/b.yaml'];
  const link = { 'apps/shop/link': 'target' };
  const tree = treeOf({ ...Object.fromEntries([...wanted, ...others].map((path) => [path, ''])), ...link }, { 'apps/shop/link': '120000' });
  t.deepEqual(
    tree.entries.filter(({ path, mode }) => isInitialFile(path, mode)).map(({ path }) => path),
    wanted,
  );
});
