import test from 'ava';
import { unreadVariables } from '../../src/repository/unread-variables.ts';
import { treeOf } from './trees.ts';

const tree = treeOf({
  'environments/staging.yaml': 'variables:\n  plain: 1\n  "quoted": 2\n  theme: dark\n  size: { cel: "base * 2" }\n  base: 3\n',
  'apps/shop/compose.yaml': `x-windlass: { variables: { plain: 0, tag: "7" } }
services: { web: { image: "busybox:\${tag}" } }
`,
  'apps/shop/a.conf.mustache': '{{theme}} {{#apps.shop.services.web.variables.far}}{{/apps.shop.services.web.variables.far}} {{size}}',
});

test('a variable that is only ever given a value is read by nothing', (t) => {
  t.deepEqual(unreadVariables(tree, ['plain', 'quoted', 'absent', 'plain']), ['plain', 'quoted', 'absent']);
});

test('templates, formulas, interpolations and other services read variables', (t) => {
  t.deepEqual(unreadVariables(tree, ['theme', 'size', 'base', 'tag', 'far']), []);
});
