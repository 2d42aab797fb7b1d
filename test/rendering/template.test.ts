import test from 'ava';
import type { Constant } from '../../src/model/application.ts';
import { createReading } from '../../src/rendering/reading.ts';
import { renderTemplate } from '../../src/rendering/template.ts';
import { isViewObject, viewOf } from '../../src/rendering/view-object.ts';

const start = { file: 'a.mustache', line: 1, column: 1 };

function run(text: string, data: Constant) {
  const root = viewOf(data);
  if (!isViewObject(root)) throw new Error('a view is a map');
  const reading = createReading('shop');
  return { ...renderTemplate(start, text, root, reading), reads: reading.paths() };
}

const renders = (title: string, text: string, data: Constant, expected: string) =>
  test(title, (t) => t.like(run(text, data), { issues: [], text: expected }));

const refuses = (title: string, text: string, data: Constant, ...expected: readonly string[]) =>
  test(title, (t) =>
    t.deepEqual(
      run(text, data).issues.map(({ line, column, message }) => `${line}:${column}: ${message}`),
      expected,
    ),
  );

const awkward = `a&b<c>"d"'e'/f=g\`h`;
renders('nothing is escaped', '{{x}} {{{x}}} {{&x}}', { x: awkward }, `${awkward} ${awkward} ${awkward}`);
renders(
  'whole numbers, fractions and booleans print as text',
  '{{a}} {{b}} {{c}} {{d}}',
  { a: 8589934592, b: 0.5, c: true, d: false },
  '8589934592 0.5 true false',
);
renders('zero, false and the empty text print', '[{{a}}{{b}}{{c}}]', { a: 0, b: false, c: '' }, '[0false]');
renders('dotted names go down', '{{a.b.c}}', { a: { b: { c: 1 } } }, '1');
renders('a list repeats its section', '{{#a}}<{{n}}>{{/a}}', { a: [{ n: 1 }, { n: 2 }] }, '<1><2>');
renders('{{.}} is the element', '{{#a}}{{.}},{{/a}}', { a: ['x', 2, true] }, 'x,2,true,');
renders('lists in lists repeat inside one another', '{{#a}}{{#.}}{{.}}{{/.}};{{/a}}', { a: [[1, 2], [3]] }, '12;3;');
renders('an element has the names around it too', '{{#a}}{{n}}{{m}} {{/a}}', { a: [{ n: 1 }], m: 2 }, '12 ');
renders('the innermost of equal names is meant', '{{#a}}{{n}}{{/a}}{{n}}', { a: [{ n: 1 }], n: 2 }, '12');
renders('a map opens its section', '{{#tls}}{{cert}}{{/tls}}', { tls: { cert: '/c' } }, '/c');
renders('true opens a section, false does not', '{{#a}}yes{{/a}}{{#b}}no{{/b}}', { a: true, b: false }, 'yes');
renders(
  'an inverted section is for false, null, empty text and the empty list',
  '{{^a}}1{{/a}}{{^b}}2{{/b}}{{^c}}3{{/c}}{{^d}}4{{/d}}{{^e}}5{{/e}}',
  {
    a: false,
    b: null,
    c: '',
    d: [],
    e: [1],
  },
  '1234',
);
renders('a list tells its length and its elements by number', '{{a.length}} {{a.1.n}}', { a: [{ n: 1 }, { n: 2 }] }, '2 2');
renders('tags alone on a line leave no line', 'a\n{{#l}}\n- {{.}}\n{{/l}}\n{{! remark }}\nb\n', { l: [1, 2] }, 'a\n- 1\n- 2\nb\n');
renders('delimiters can be changed', '{{=<% %>=}}{{ $labels.job }} <%x%>', { x: 1 }, '{{ $labels.job }} 1');
renders('CRLF line ends stay', 'a\r\n{{x}}\r\n', { x: 1 }, 'a\r\n1\r\n');
renders('text that looks like a tag is not rendered again', '{{x}}', { x: '{{y}}' }, '{{y}}');

refuses(
  'an unknown name is reported with the nearest known one',
  'a\n  {{hots}}',
  { host: 1 },
  '2:3: unknown name "hots": did you mean "host"?',
);
refuses('a name like no other is reported alone', '{{completely_different}}', { host: 1 }, '1:1: unknown name "completely_different"');
refuses(
  'all misses are reported at once',
  '{{a}}\n{{#b}}{{/b}}\n{{^c}}{{/c}}\n{{{d}}}',
  { x: [] },
  ...['a', 'b', 'c', 'd'].map((name, at) => `${at + 1}:1: unknown name "${name}"`),
);
refuses(
  'a miss in a repeated section is reported once',
  '{{#a}}{{port}}{{/a}}',
  { a: [{ ports: 1 }, { ports: 2 }] },
  '1:7: unknown name "port": did you mean "ports"?',
);
refuses(
  'the part of a dotted name that is missing is named',
  '{{services.wbe.name}}',
  { services: { web: { name: '' } } },
  '1:1: "services" has no "wbe": did you mean "services.web.name"?',
);
refuses(
  'the first part of a dotted name decides where the rest is looked up',
  '{{#a}}{{host.memory}}{{/a}}',
  { a: [{ host: 'web-1' }], host: { memory: 1 } },
  '1:7: "host" is text here: it has no "memory"',
);
refuses('a list has no names', '{{a.n}}', { a: [{ n: 1 }] }, '1:1: "a" is a list of 1: it has no "n"; write {{#a}}…{{/a}}');
refuses(
  'a map cannot be printed',
  '{{host}}',
  { host: { name: 1 } },
  '1:1: "host" is a map and cannot be printed: name one of its values, such as {{host.name}}',
);
refuses(
  'a list cannot be printed',
  '{{{a}}}',
  { a: [1] },
  '1:1: "a" is a list and cannot be printed: write {{#a}}…{{/a}} around what each element prints',
);
refuses(
  'null cannot be printed',
  '{{a}}',
  { a: null },
  '1:1: "a" is null and cannot be printed: give it a value, or write {{#a}}…{{/a}} around it',
);
refuses(
  'an element that is a map cannot be printed',
  '{{#a}}{{.}}{{/a}}',
  { a: [{ n: 1 }] },
  '1:7: "." is a map and cannot be printed: name one of its values, such as {{n}}',
);

for (const name of [
  'constructor',
  'toString',
  '__proto__',
  'hasOwnProperty',
  'valueOf',
  'constructor.name',
  '__proto__.x',
  'a.constructor',
  'a.__proto__',
  'text.length',
  'list.map',
  'list.-1',
  'list.01',
]) {
  test(`{{${name}}} reaches nothing that is inherited`, (t) => {
    const { text, issues } = run(`{{${name}}}`, { a: {}, text: 'abc', list: [1] });
    t.is(text, '');
    t.is(issues.length, 1);
  });
}

test('a lookup finds own names only, even in an object that has a prototype', (t) => {
  t.is(renderTemplate(start, '{{toString}}{{a.constructor}}', { a: {} }, createReading('shop')).issues.length, 2);
});

test('names of the view may be those of Object.prototype', (t) => {
  const data = JSON.parse('{"__proto__": {"x": "own"}, "constructor": "c"}');
  t.like(run('{{__proto__.x}} {{constructor}}', data), { text: 'own c', issues: [] });
});

test('a file larger than 1 MiB is refused', (t) => {
  const data = { a: Array.from({ length: 1025 }, () => 'x'.repeat(1024)) };
  t.deepEqual(
    run('{{#a}}{{.}}{{/a}}', data).issues.map(({ message }) => message),
    ['the rendered file is larger than 1048576 bytes'],
  );
  t.deepEqual(run('{{#a}}{{.}}{{/a}}', { a: data.a.slice(1) }).issues, []);
});

test('sections that repeat without end are stopped', (t) => {
  const names = Array.from({ length: 8 }, (_, at) => `l${at}`);
  const data = Object.fromEntries(names.map((name) => [name, Array.from({ length: 10 }, () => '')]));
  const text =
    names.map((name) => `{{#${name}}}`).join('') +
    [...names]
      .reverse()
      .map((name) => `{{/${name}}}`)
      .join('');
  t.regex(run(text, data).issues[0]?.message ?? '', /nested sections repeat too often/);
});

const records = (text: string, expected: readonly string[]) =>
  test(`${text} reads ${expected.join(', ')}`, (t) => {
    const data = {
      env: { PORT: 1, HOST: 'h' },
      services: { web: { name: 'web', containers: [{ ip: 'a', endpoints: { '80': { port: 1 } } }] } },
      on: false,
    };
    const { reads, issues } = run(text, data);
    t.deepEqual(issues, []);
    t.deepEqual(reads, expected);
  });
records('{{env.PORT}}', ['env.PORT']);
records('{{#services.web.containers}}{{ip}}:{{endpoints.80.port}} {{env.PORT}}{{/services.web.containers}}', [
  'env.PORT',
  'services.web.containers',
]);
records('{{services.web.containers.0.ip}}', ['services.web.containers']);
records('{{services.web.containers.length}}', ['services.web.containers']);
records('{{#services.web}}{{name}}{{/services.web}}', ['services.web', 'services.web.name']);
records('{{^on}}{{/on}}', ['on']);
