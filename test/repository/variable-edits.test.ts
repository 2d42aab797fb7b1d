import test from 'ava';
import type { VariableChange } from '../../src/model/variables.ts';
import { editVariables } from '../../src/repository/variable-edits.ts';
import { treeOf } from './trees.ts';

const tree = treeOf({
  'apps/shop/compose.yaml': 'include: [./base.yaml]\nservices:\n  web:\n    image: busybox\n',
  'apps/shop/base.yaml': 'services:\n  helper:\n    image: busybox\n',
});
const change = (service: string, file: VariableChange['file'] = 'environment'): VariableChange => ({
  name: 'color',
  value: { constant: 'blue' },
  app: 'shop',
  service,
  file,
});

test('a variable of a service goes into the compose file that has the service', (t) => {
  const edits = editVariables(tree, 'staging', [change('web', 'compose')]);
  t.deepEqual('files' in edits ? edits.files.map(({ path, after }) => [path, after]) : edits, [
    [
      'apps/shop/compose.yaml',
      'include: [./base.yaml]\nservices:\n  web:\n    image: busybox\n    x-windlass:\n      variables:\n        color: blue\n',
    ],
  ]);
});

test('a service of an included file is not made up beside it, and may be given its value for the environment', (t) => {
  const edits = editVariables(tree, 'staging', [change('helper', 'compose')]);
  t.regex(
    'problem' in edits ? edits.problem : '',
    /^apps\/shop\/compose\.yaml has no service helper of its own: edit the file where it stands/,
  );
  const environment = editVariables(tree, 'staging', [change('helper')]);
  t.deepEqual('files' in environment ? environment.files.map(({ path }) => path) : environment, ['environments/staging.yaml']);
});

const unset = (of: Partial<VariableChange> = {}): string => {
  const declared = treeOf({
    'apps/shop/compose.yaml':
      'x-windlass: { variables: { greeting: Hello } }\nservices: { web: { image: a, x-windlass: { variables: { level: 1 } } } }\n',
    'environments/staging.yaml': 'variables: { color: blue }\napps: { shop: { variables: { theme: dark } } }\n',
    'windlass.yaml': 'hosts: { one: { variables: { rack: a } } }\n',
  });
  const edits = editVariables(declared, 'staging', [{ name: 'theme', app: 'shop', file: 'environment', ...of, value: null }]);
  return 'problem' in edits ? edits.problem : 'taken away';
};

test('a variable that is said elsewhere is not taken away there, but its place is told', (t) => {
  const missing = (where: string) => `environments/staging.yaml: ${where} is not there`;
  t.is(unset(), 'taken away');
  t.is(
    unset({ name: 'greeting' }),
    `${missing('apps.shop.variables.greeting')}; it stands in apps/shop/compose.yaml: name staging/shop with --compose`,
  );
  t.is(unset({ name: 'color' }), `${missing('apps.shop.variables.color')}; it stands in environments/staging.yaml: name staging`);
  t.is(
    unset({ name: 'theme', service: 'web' }),
    `${missing('apps.shop.services.web.variables.theme')}; it stands in environments/staging.yaml: name staging/shop`,
  );
  t.is(
    unset({ name: 'theme', file: 'compose' }),
    'apps/shop/compose.yaml: x-windlass.variables.theme is not there; it stands in environments/staging.yaml: name staging/shop without --compose',
  );
});

test('a mistyped name of a variable to take away is told the one that is meant, and where that stands', (t) => {
  t.is(unset({ name: 'thme' }), 'environments/staging.yaml: apps.shop.variables.thme is not there; did you mean theme?');
  t.is(
    unset({ name: 'gretting' }),
    'environments/staging.yaml: apps.shop.variables.gretting is not there; did you mean greeting, which stands in apps/shop/compose.yaml: name staging/shop with --compose?',
  );
  t.is(unset({ name: 'nothing' }), 'environments/staging.yaml: apps.shop.variables.nothing is not there');
});
