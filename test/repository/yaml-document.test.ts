import test from 'ava';
import fc from 'fast-check';
import { createIssues, formatIssue } from '../../src/repository/issues.ts';
import { parseYaml } from '../../src/repository/yaml-document.ts';
import { plainAsCompose, typePlain, type Value } from '../../src/repository/yaml-value.ts';

function parse(text: string | Uint8Array) {
  const issues = createIssues();
  const value = parseYaml('f', Buffer.from(text), issues);
  return { value: value && plain(value), issues: issues.list().map(formatIssue) };
}

/** Scalars as text, keys in order. */
function plain(value: Value): unknown {
  if (value.kind === 'scalar') return value.text;
  if (value.kind === 'list') return value.items.map(plain);
  return [...value.entries].map(([key, entry]) => [key, plain(entry.value)]);
}

const reads = (title: string, text: string, expected: unknown) =>
  test(title, (t) => {
    t.deepEqual(parse(text), { value: expected, issues: [] });
  });

const refuses = (title: string, text: string | Uint8Array, ...expected: readonly string[]) =>
  test(title, (t) => {
    t.deepEqual(parse(text), { value: undefined, issues: expected });
  });

/** A mistake that hides none of the others: the rest is read. */
const forgives = (title: string, text: string, expected: unknown, ...issues: readonly string[]) =>
  test(title, (t) => {
    t.deepEqual(parse(text), { value: expected, issues });
  });

reads('an empty document is an empty mapping', '', []);
reads('a comment alone is an empty mapping', '# nothing yet\n', []);
reads('an alias means the anchor before it', 'a: &x [1]\nb: *x\nc: &x 2\nd: *x\n', [
  ['a', ['1']],
  ['b', ['1']],
  ['c', '2'],
  ['d', '2'],
]);
reads('a merge gives what the mapping does not say itself', 'base: &b { x: 1, y: 2 }\nm: { <<: *b, y: 3 }\n', [
  [
    'base',
    [
      ['x', '1'],
      ['y', '2'],
    ],
  ],
  [
    'm',
    [
      ['y', '3'],
      ['x', '1'],
    ],
  ],
]);
reads('the first of several merged mappings wins', 'm:\n  <<: [{ x: 1 }, { x: 2, z: 3 }]\n', [
  [
    'm',
    [
      ['x', '1'],
      ['z', '3'],
    ],
  ],
]);
reads('a quoted << is a key like others', '"<<": 1', [['<<', '1']]);
reads('a byte order mark and CRLF are no matter', '\ufeffa: 1\r\nb: 2\r\n', [
  ['a', '1'],
  ['b', '2'],
]);
reads('explicit tags of plain YAML are taken', 'a: !!str 1\nb: !!int 2', [
  ['a', '1'],
  ['b', '2'],
]);

const ab = [
  ['a', '1'],
  ['b', '2'],
];
forgives('a key that stands there twice', 'a: 1\nb: 2\na: 3\n', ab, 'f:3:1: the key a stands here twice');
forgives('a key that is no text', '? [a]\n: 1\n', [], 'f:1:3: a key must be text');
forgives('the key __proto__', 'a: { __proto__: 1 }', [['a', []]], 'f:1:6: the key __proto__ is not allowed');
forgives('an alias without an anchor', 'a: *nothing', [], 'f:1:4: there is no anchor &nothing before this alias');
forgives('an alias within its own anchor', 'a: &x [*x]', [['a', []]], 'f:1:8: *x stands within &x itself');
forgives('a merge of a list', 'a: { <<: [1] }', [['a', []]], 'f:1:11: << merges mappings only');
forgives('a tag that Compose has and windlass has not', 'a: !reset null', [['a', 'null']], 'f:1:11: the tag !reset is not carried out');
forgives('two documents in a file', 'a: 1\n---\nb: 2\n', [['a', '1']], 'f:2:1: this file has a second document, which is not read');
refuses('a tab as indentation', 'a:\n\tb: 1', 'f:2:1: not YAML: Tabs are not allowed as indentation');
refuses('bytes that are no text', Uint8Array.from([0x61, 0xff]), 'f:1:1: this file is not UTF-8 text');
refuses('more than a mebibyte', 'x'.repeat(2 ** 20 + 1), 'f:1:1: this file has 1048577 bytes; a YAML file may have 1 MiB');
const tooDeep = 'f:1:1: this file is nested too deeply';
refuses('brackets beyond all reason', '['.repeat(50_000), tooDeep);
refuses('braces beyond all reason', '{a: '.repeat(50_000), tooDeep);
refuses('lists beyond all reason', '- '.repeat(50_000), tooDeep);
refuses('keys beyond all reason', '? '.repeat(50_000), tooDeep);
refuses('indentation beyond all reason', Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''), tooDeep);
reads('a text full of brackets is no nesting', `a: "${'['.repeat(500)}"\nb: |\n  ${'{ '.repeat(500)}\n`, [
  ['a', '['.repeat(500)],
  ['b', `${'{ '.repeat(500)}\n`],
]);
reads('a long list is no nesting', `${'- a: [b]\n'.repeat(300)}`, Array(300).fill([['a', ['b']]]));
refuses(
  'aliases that multiply',
  `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `a${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]\n`).join('')}`,
  'f:1:1: this file has more than 200000 values once its aliases are written out',
);
refuses(
  'merges that multiply',
  `a: &a { ${Array.from({ length: 1000 }, (_, n) => `k${n}: 1`).join(', ')} }\nb:\n  <<: [${'*a,'.repeat(300)}]\n`,
  'f:1:7: << copies more than 200000 entries in this file',
);

test('any bytes are read or refused, never thrown at', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.stringMatching(/^[-:?&*!|>'"%@`{}[\],#<a-c0-9\n ]{0,80}$/)), (text) => {
      const { value, issues } = parse(text);
      return value !== undefined || issues.length > 0;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

const types = (text: string, typed: ReturnType<typeof typePlain>, asCompose: string) =>
  test(`plain ${JSON.stringify(text)} is ${JSON.stringify(typed)}`, (t) => {
    t.is(typePlain(text), typed);
    t.is(plainAsCompose(text), asCompose);
  });

types('', null, '');
types('~', null, '~');
types('true', true, 'true');
types('yes', 'yes', 'yes');
types('on', 'on', 'on');
types('644', 644, '644');
types('0644', 420, '420');
types('0o644', 420, '420');
types('0899', 899, '899');
types('-0x1F', -31, '-31');
types('0b101', 5, '5');
types('1.10', 1.1, '1.1');
types('1e3', 1000, '1000');
types('1.2.3', '1.2.3', '1.2.3');
types('22:22', '22:22', '22:22');
types('2024-01-01', '2024-01-01', '2024-01-01');
types('12345678901234567890', Number('12345678901234567890'), '12345678901234567890');

test('a literal block says where its text begins', (t) => {
  const begins = (text: string) => {
    const value = parseYaml('f', Buffer.from(text), createIssues());
    const found = value?.kind === 'map' ? value.entries.get('a')?.value : undefined;
    return found?.kind === 'scalar' && found.begins ? [found.begins.line, found.begins.column] : undefined;
  };
  t.deepEqual(begins('x: 1\na: |\n  one\n   two\n'), [3, 3]);
  t.deepEqual(begins('a: |  # said\n\n    one\n'), [2, 5]);
  t.deepEqual(begins('a: |2\n    one\n'), [2, 3]);
  t.is(begins('a: >\n  one\n'), undefined);
  t.is(begins('a: one\n'), undefined);
});
