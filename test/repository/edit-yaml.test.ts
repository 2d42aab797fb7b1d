import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Constant } from '../../src/model/application.ts';
import { editYaml } from '../../src/repository/edit-yaml.ts';

const edits = (t: ExecutionContext, before: string, path: string, value: Constant | undefined, after: string) => {
  const edited = editYaml('a.yaml', before, { path: path.split('.'), value });
  t.deepEqual(edited, { text: after });
};

const production = `# Production.
variables:
  theme:   dark   # as the designers want it
  port: '8443'

apps:
  shop:
    variables:
      greeting: Welcome
      # Beside staging on the same host.
      LB_PORT: 8001
    services:
      web:
        replicas: 6
`;
test('a value is changed in its place', edits, production, 'variables.theme', 'light', production.replace('dark', 'light'));
test('quotes stay quotes', edits, production, 'variables.port', '9443', production.replace('8443', '9443'));
test('a number takes the place of a text', edits, production, 'variables.port', 9443, production.replace("'8443'", '9443'));
test(
  'a new variable stands behind the others',
  edits,
  production,
  'variables.rack',
  'b',
  production.replace("'8443'\n", "'8443'\n  rack: b\n"),
);
test(
  'a new level is written below the one above it',
  edits,
  production,
  'apps.shop.services.web.variables.level',
  'debug info',
  `${production}        variables:\n          level: debug info\n`,
);
test(
  'a new application stands behind the others',
  edits,
  production,
  'apps.blog.variables.title',
  'true',
  `${production}  blog:\n    variables:\n      title: "true"\n`,
);
test(
  'a variable is taken away with its line, and the comment above stays',
  edits,
  production,
  'apps.shop.variables.LB_PORT',
  undefined,
  production.replace('      LB_PORT: 8001\n', ''),
);
const flow = `variables: { BACKEND_PORT: 8443 }   # one line
apps: { shop: { variables: {}, services: { web: { replicas: 6 } } } }
`;
test('a flow mapping takes one more', edits, flow, 'variables.rack', 'b', flow.replace('8443', '8443, rack: b'));
test('an empty flow mapping takes one', edits, flow, 'apps.shop.variables.a', 1, flow.replace('{}', '{ a: 1 }'));
test(
  'a flow mapping takes a level',
  edits,
  flow,
  'apps.shop.services.web.variables.list',
  ['a', { b: '1' }],
  flow.replace('replicas: 6', 'replicas: 6, variables: { list: [a, { b: "1" }] }'),
);
test('a flow mapping goes with its last entry', edits, flow, 'variables.BACKEND_PORT', undefined, flow.split('\n').slice(1).join('\n'));
test('an empty file of variables', edits, '', 'variables.a', 1, 'variables:\n  a: 1\n');
test('a file of comments', edits, '# nothing yet', 'variables.a', 1, '# nothing yet\nvariables:\n  a: 1\n');
test('a key with nothing behind it', edits, 'variables:   # none\napps: {}\n', 'variables.a', 1, 'variables:   # none\n  a: 1\napps: {}\n');
test(
  'a list of lines',
  edits,
  'variables:\n    a:\n      - 1\n      - 2\n    b: 3\n',
  'variables.a',
  1,
  'variables:\n    a: 1\n    b: 3\n',
);
test('a text of lines', edits, 'variables:\n  a: |\n    x\n    y\n  b: 3\n', 'variables.a', 'x\ny', 'variables:\n  a: "x\\ny"\n  b: 3\n');
test('a formula', edits, 'variables:\n  a: 1\n', 'variables.a', { cel: 'host.memory / 2' }, 'variables:\n  a: { cel: host.memory / 2 }\n');
test('the line breaks of Windows', edits, 'variables:\r\n  a: 1\r\n', 'variables.b', 2, 'variables:\r\n  a: 1\r\n  b: 2\r\n');
test('a file without a last line break', edits, 'variables:\n  a: 1', 'variables.b', 2, 'variables:\n  a: 1\n  b: 2');
test(
  'a section that stands apart from the others',
  edits,
  'apps:\n  shop:\n    policy: mutable\n',
  'variables.a',
  1,
  'apps:\n  shop:\n    policy: mutable\n\nvariables:\n  a: 1\n',
);
test('an entry over a merged one', edits, 'x: &x\n  a: 1\ny:\n  <<: *x\n', 'y.a', 2, 'x: &x\n  a: 1\ny:\n  <<: *x\n  a: 2\n');

const refuses = (t: ExecutionContext, before: string, path: string, value: Constant | undefined, problem: RegExp) => {
  const edited = editYaml('a.yaml', before, { path: path.split('.'), value });
  t.regex('problem' in edited ? edited.problem : edited.text, problem);
};
test('what an anchor shares', refuses, 'x: &x\n  a: 1\ny: *x\n', 'x.a', 2, /^a\.yaml: x\.a cannot be changed without changing more/);
test('what is an alias', refuses, 'x: &x\n  a: 1\ny: *x\n', 'y.a', 2, /^a\.yaml: y is no mapping of its own/);
test('what is not there', refuses, 'x: 1\n', 'variables.a', undefined, /^a\.yaml: variables\.a is not there/);
test('what is no mapping', refuses, 'variables: [1]\n', 'variables.a', 1, /^a\.yaml: variables is no mapping/);
test('what a merge would bring back', refuses, 'x: &x\n  a: 1\ny:\n  <<: *x\n  a: 2\n', 'y.a', undefined, /without changing more/);
test('what is no YAML', refuses, 'a: [', 'a', 1, /^a\.yaml cannot be read/);

const constant = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('__proto__')) as fc.Arbitrary<Constant>;
const key = fc.constantFrom('one', 'two', 'x y', 'true', '8');
const places = fc.constantFrom('variables', 'apps.shop.variables', 'apps.shop.services.web.variables');

test('what is set and taken away again leaves the file as it was', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(production, flow, production.replaceAll('\n', '\r\n')),
      fc.constantFrom('variables', 'apps.shop'),
      key,
      constant,
      (text, place, name, value) => {
        const path = [...place.split('.'), name];
        const set = editYaml('a.yaml', text, { path, value });
        if ('problem' in set) return t.fail(set.problem);
        const back = editYaml('a.yaml', set.text, { path, value: undefined });
        return 'text' in back && back.text === text;
      },
    ),
  );
  t.pass();
});

test('any value can be set anywhere, and no line of others changes', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(production, flow, ''), places, key, constant, constant, (text, place, name, first, second) => {
      const path = [...place.split('.'), name];
      const set = editYaml('a.yaml', text, { path, value: first });
      if ('problem' in set) return t.fail(set.problem);
      const again = editYaml('a.yaml', set.text, { path, value: second });
      if ('problem' in again) return t.fail(again.problem);
      const lines = text.split('\n').filter((line) => line.includes('#'));
      return lines.every((line) => again.text.includes(line.replace(/.*#/, '#')));
    }),
  );
  t.pass();
});
