import test from 'ava';
import fc from 'fast-check';
import type { Constant } from '../../src/model/application.ts';
import { originLine } from '../../src/model/line-map.ts';
import { createReading } from '../../src/rendering/reading.ts';
import { renderTemplate } from '../../src/rendering/template.ts';
import { isViewObject, viewOf } from '../../src/rendering/view-object.ts';

const start = { file: 'a.mustache', line: 1, column: 1 };

function render(text: string, data: Constant) {
  const root = viewOf(data);
  if (!isViewObject(root)) throw new Error('a view is a map');
  return renderTemplate(start, text, root, createReading('shop'));
}

/** `output line <template's line` for every line. */
function traced(template: string, data: Constant): readonly string[] {
  const { text, lines, issues } = render(template, data);
  if (issues.length > 0) throw new Error(issues.map(({ message }) => message).join('\n'));
  return text.split('\n').map((line, index) => `${line} <${originLine(lines, index + 1)}`);
}

test('every line knows its own, in repeated sections each time', (t) => {
  const template = 'a\n{{#list}}\nserver {{.}}\n  up\n{{/list}}\n{{! said\nat length }}\nb {{x}} c\nd';
  t.deepEqual(traced(template, { list: [1, 2], x: 'y' }), ['a <1', 'server 1 <3', '  up <4', 'server 2 <3', '  up <4', 'b y c <8', 'd <9']);
});

test('the lines of a value are the tag’s; a line of several pieces is the first one’s', (t) => {
  t.deepEqual(traced('a\n{{x}} b\nc', { x: '1\n2\n' }), ['a <1', '1 <2', '2 <2', ' b <2', 'c <3']);
  t.deepEqual(traced('x{{#l}},\ny{{/l}}\nz', { l: [1, 2] }), ['x, <1', 'y, <2', 'y <2', 'z <3']);
  t.deepEqual(traced('{{none}}a\n{{none}}\nb', { none: '' }), ['a <1', ' <2', 'b <3']);
});

const lineOfText = fc.string({ maxLength: 8 }).filter((text) => !text.includes('{{') && !text.endsWith('{') && !text.includes('\n'));

test('law: text without tags maps identically', (t) => {
  fc.assert(
    fc.property(fc.array(lineOfText, { maxLength: 20 }), (lines) => {
      const rendered = render(lines.join('\n'), {});
      t.is(rendered.text, lines.join('\n'));
      t.deepEqual(rendered.lines, []);
    }),
  );
});

/** Lines that say their number in the template, among sections, comments and values that take up or leave out lines. */
const piece = fc.oneof(
  fc.constant('own'),
  fc.constant('{{#list}}\nown\n own\n{{/list}}'),
  fc.constant('{{^list}}\nown\n{{/list}}'),
  fc.constant('{{! a\nb }}'),
  fc.constant('{{#on}}own\nown{{/on}}'),
  fc.constant('own {{two}}'),
  fc.constant(''),
);

test('law: a line that a template says itself is traced to where it says it', (t) => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.constant(0), { maxLength: 3 }), (pieces, list) => {
      const template = pieces
        .join('\n')
        .split('\n')
        .map((line, index) => line.replaceAll('own', `@${index + 1}@`))
        .join('\n');
      const { text, lines, issues } = render(template, { list, on: true, two: '1\n2' });
      t.deepEqual(issues, []);
      text.split('\n').forEach((line, index) => {
        const said = /@(\d+)@/.exec(line)?.[1];
        if (said !== undefined) t.is(originLine(lines, index + 1), Number(said), JSON.stringify({ template, list, line: index + 1 }));
      });
    }),
  );
});

test('a map of a file with very many repeated lines stays small, and says that it does not know the rest', (t) => {
  const { lines } = render('{{#list}}\na\n{{/list}}\n', { list: Array.from({ length: 20_000 }, () => 1) });
  t.true(lines.length <= 10_000);
  t.is(originLine(lines, 5000), 2);
  t.is(originLine(lines, 15_000), undefined);
});
