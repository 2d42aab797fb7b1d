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
