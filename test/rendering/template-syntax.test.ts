import test from 'ava';
import { compileTemplate } from '../../src/rendering/template-syntax.ts';

const start = { file: 'a.mustache', line: 1, column: 1 };

const reports = (text: string, line: number, column: number, part: string) =>
  test(`${JSON.stringify(text.slice(0, 40))} is reported at ${line}:${column}: ${part}`, (t) => {
    const [issue, ...more] = compileTemplate(start, text);
    t.like(issue, { file: 'a.mustache', line, column });
    t.true(issue?.message.includes(part), issue?.message);
    t.deepEqual(more, []);
  });

reports('first\n  {{name', 2, 3, 'never closed');
reports('x\n{{{a}} and {{b}}', 2, 1, 'never closed');
reports('{{#a}} {{b', 1, 8, 'never closed');
reports('{{! forgotten', 1, 1, 'never closed');
reports('x\n {{#a}}\n{{#b}}{{/b}}', 2, 2, 'section "a" is never closed');
reports('{{#a}}{{#b}}\n{{^c}}{{/b}}{{/a}}', 2, 7, '{{#c}} must be closed first');
reports('one\n{{/a}}', 2, 1, 'not open');
reports('{{=<% %>=}}\n<% a', 2, 1, 'never closed');
reports('{{=<% %>=}}\n<%#a%>', 2, 1, 'section "a" is never closed');
reports('\n\n   {{> header}}', 3, 4, 'partials are not offered');
reports('a {{}}', 1, 3, 'without a name');
reports('{{#a}}'.repeat(51) + '{{/a}}'.repeat(51), 1, 301, 'more than 50 sections');
reports('{{=a=}}', 1, 1, 'Invalid tags');

test('ten thousand open sections are an issue and no crash', (t) => {
  t.is(compileTemplate(start, '{{#a}}'.repeat(10_000)).length, 1);
  t.is(compileTemplate(start, '{{#a}}'.repeat(10_000) + '{{/a}}'.repeat(10_000)).length, 1);
});

test('every forbidden tag of a template is reported', (t) => {
  t.deepEqual(
    compileTemplate(start, '{{>a}}\n{{#x}}\n{{> b}}\n{{/x}}').map(({ line }) => line),
    [1, 3],
  );
});

test('a correct template with other delimiters has no issues', (t) => {
  t.deepEqual(compileTemplate(start, '{{=<% %>=}}<%#a%>{{ $labels.x }}<%/a%><%! c %><%&d%>'), []);
});
