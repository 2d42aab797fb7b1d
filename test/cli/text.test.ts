import test from 'ava';
import fc from 'fast-check';
import { serviceTarget, target } from '../../src/cli/arguments.ts';
import { oneLine, printable, shortBytes, shortCommit, shortDuration, shortTime } from '../../src/cli/format.ts';
import { createPaint, paintState, plain } from '../../src/cli/paint.ts';
import { columns, table } from '../../src/cli/table.ts';

const gives = <Value>(format: (value: Value) => string, value: Value, text: string) =>
  test(`${format.name} of ${JSON.stringify(value)} is "${text}"`, (t) => t.is(format(value), text));
gives(shortDuration, undefined, '-');
gives(shortDuration, 84.4, '84ms');
gives(shortDuration, 4200, '4.2s');
gives(shortDuration, 185_000, '3m05s');
gives(shortDuration, 3_599_600, '60m00s');
gives(shortBytes, 512 * 2 ** 20, '512 MiB');
gives(shortBytes, 6 * 2 ** 30, '6.0 GiB');
gives(shortTime, '2026-08-20T10:00:00.123Z', '2026-08-20 10:00:00Z');
gives(shortTime, null, '-');
gives(shortCommit, null, '-');
gives(oneLine, 'one\n  two\r\n\u001b[31mthree\u001b[0m\u0007', 'one two three');

test('text of others carries nothing out on a terminal', (t) => {
  t.is(printable('\u001b]0;title\u0007a\u001b[2Jb\u009b31mc\td\n'), 'abc\td\n');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be left
      t.notRegex(printable(text), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }),
  );
});

test('columns are as wide as their widest cell, colours not counted', (t) => {
  const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
  t.is(
    columns([
      ['a', red('bb'), 'c'],
      ['aaa', 'b', ''],
    ]),
    `a    ${red('bb')}  c\naaa  b\n`,
  );
});

test('a table without rows is nothing', (t) => {
  t.is(table(['HEAD'], []), '');
});

const paintsWith = (title: string, isTTY: boolean, env: Record<string, string>, coloured: boolean) =>
  test(title, (t) => {
    const paint = createPaint(env, { isTTY } as never);
    t.is(paintState(paint, 'failed'), coloured ? '\u001b[31mfailed\u001b[39m' : 'failed');
  });
paintsWith('a terminal gets colours', true, {}, true);
paintsWith('a terminal with NO_COLOR gets none', true, { NO_COLOR: '1' }, false);
paintsWith('an empty NO_COLOR is as none', true, { NO_COLOR: '' }, true);
paintsWith('a dumb terminal gets none', true, { TERM: 'dumb' }, false);
paintsWith('a pipe gets none', false, { FORCE_COLOR: '1' }, false);

test('an unknown state is left as it is', (t) => {
  t.is(paintState(plain, 'new'), 'new');
});

test('a target is an environment, and what follows it', (t) => {
  t.deepEqual(target('staging'), { environment: 'staging' });
  t.deepEqual(target('staging/shop'), { environment: 'staging', app: 'shop' });
  t.deepEqual(serviceTarget('staging/shop/web.1'), { environment: 'staging', app: 'shop', service: 'web.1' });
});

const noTarget = (text: string) => test(`"${text}" is no target`, (t) => void t.throws(() => target(text)));
noTarget('');
noTarget('staging/');
noTarget('staging/../x');
noTarget('a/b/c/d');
noTarget('--app');
