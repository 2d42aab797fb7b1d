import test from 'ava';
import fc from 'fast-check';
import { interpolate, type Lookup, lookupIn } from '../../src/repository/interpolation.ts';
import { createIssues } from '../../src/repository/issues.ts';

const place = { file: 'f', line: 1, column: 1 };

function run(text: string, lookup: Lookup) {
  const issues = createIssues();
  const result = interpolate(text, lookup, place, issues);
  return result ?? issues.list().map((issue) => issue.message);
}

const values: Readonly<Record<string, string>> = { NAME: 'value', EMPTY: '', _x1: 'under' };
const known: Lookup = (name) => (Object.hasOwn(values, name) ? { text: values[name] ?? '' } : undefined);

const gives = (text: string, expected: string) =>
  test(`${text} gives ${JSON.stringify(expected)}`, (t) => {
    t.is(run(text, known), expected);
  });

gives('no reference', 'no reference');
gives('$NAME', 'value');
gives('a${NAME}b', 'avalueb');
gives('$NAME-$_x1', 'value-under');
gives('$$NAME', '$NAME');
gives('$$$NAME', '$value');
gives('$${NAME}', '${NAME}');
gives('${EMPTY}', '');
gives('${EMPTY:-default}', 'default');
gives('${EMPTY-default}', '');
gives('${NOTHING-default}', 'default');
gives('${NOTHING:-}', '');
gives('${NAME:-default}', 'value');
gives('${NOTHING:-a:b-c?d}', 'a:b-c?d');
gives('${NOTHING:-${OTHER:-deep ${NAME}}}', 'deep value');
gives('${NAME:-${NOTHING:?never asked}}', 'value');
gives('${NAME:+there}', 'there');
gives('${EMPTY:+there}', '');
gives('${EMPTY+there}', 'there');
gives('${NOTHING+there}', '');
gives('${NAME:?message}', 'value');
gives('{{container.ip}} {{{raw}}} }', '{{container.ip}} {{{raw}}} }');

const refuses = (text: string, message: string) =>
  test(`${text} is refused`, (t) => {
    t.deepEqual(run(text, known), [message]);
  });

refuses('${NOTHING}', '${NOTHING} is not set');
refuses('$NOTHING', '${NOTHING} is not set');
refuses('${EMPTY:?say it}', '${EMPTY} is required: say it');
refuses('${NOTHING?}', '${NOTHING} is required');
refuses('costs $5', '"$5" is no variable reference; write $$ for a dollar sign');
refuses('a $', '"$" is no variable reference; write $$ for a dollar sign');
refuses('${}', '"${}" is no variable reference; write $$ for a dollar sign');
refuses('${NAME', 'a ${ has no closing brace');
refuses('${NAME!x}', '"${NAME!x}" is no variable reference');

test('constants come before .env, and what is no text says so', (t) => {
  const at = { file: 'f', line: 1, column: 1 };
  const lookup = lookupIn(
    {
      PORT: { kind: 'constant', value: 8080 },
      NONE: { kind: 'constant', value: null },
      LIST: { kind: 'constant', value: [1] },
      FORMULA: { kind: 'formula', cel: '1', place: at },
      SECRET: { kind: 'secret', name: 's', place: at },
    },
    { PORT: '1', ONLY_HERE: 'yes' },
  );
  t.is(run('$PORT $ONLY_HERE [$NONE]', lookup), '8080 yes []');
  t.deepEqual(run('$LIST', lookup), ['${LIST} is a list or mapping; only single values can be used here']);
  t.deepEqual(run('$FORMULA', lookup), ['${FORMULA} is a formula; only constants can be used here']);
  t.deepEqual(run('$SECRET', lookup), ['${SECRET} is a secret; only constants can be used here']);
  t.deepEqual(run('$PROT', lookup), ['${PROT} is not set: neither a variable of the service nor in .env; did you mean PORT?']);
  t.deepEqual(run('$constructor', lookup), ['${constructor} is not set: neither a variable of the service nor in .env']);
});

test('a text with its dollar signs doubled comes back as it was', (t) => {
  fc.assert(fc.property(fc.string(), (text) => run(text.replaceAll('$', '$$$$'), known) === text));
  t.pass();
});

test('a text without a dollar sign stays as it is', (t) => {
  fc.assert(
    fc.property(
      fc.string().map((text) => text.replaceAll('$', '')),
      (text) => run(text, known) === text,
    ),
  );
  t.pass();
});

test('what stands before and behind a reference is no matter to it', (t) => {
  const free = fc.string().map((text) => text.replaceAll('$', '').replaceAll('}', ''));
  fc.assert(
    fc.property(free, free, fc.constantFrom('${NAME}', '${NOTHING:-value}'), (a, b, it) => run(a + it + b, known) === `${a}value${b}`),
  );
  t.pass();
});

test('any text is replaced or refused, never thrown at', (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[${}:?+\-A-B ]{0,60}$/), (text) => {
      const result = run(text, known);
      return typeof result === 'string' || result.length === 1;
    }),
  );
  t.pass();
});
