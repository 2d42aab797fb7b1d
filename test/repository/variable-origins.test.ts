import test from 'ava';
import type { Environment } from '../../src/model/root.ts';
import { variableOrigins } from '../../src/repository/variable-origins.ts';
import { treeOf } from './trees.ts';

const environment: Environment = { name: 'production', branch: 'main', apps: undefined, hosts: undefined, sources: {} };

function shown(files: Readonly<Record<string, string>>, hosts: readonly string[] = []) {
  const tree = treeOf(files);
  const found = variableOrigins({ environment, apps: ['shop'], tree, head: tree, hosts });
  if ('needs' in found) return { needs: found.needs };
  const lines = found.variables.map(({ service, host, name, level, file, line, value, hides }) =>
    [
      `${service}${host === null ? '' : `@${host}`}`,
      name,
      level,
      `${file}:${line}`,
      JSON.stringify(value),
      ...hides.map((hidden) => `over ${hidden.file}:${hidden.line}`),
    ].join(' '),
  );
  return { lines, issues: found.issues.map(({ file, line, message }) => `${file}:${line} ${message}`) };
}

test('what is included or extended keeps the place where it is written', (t) => {
  const files = {
    'windlass.yaml': 'environments: { production: { branch: main } }\nhosts:\n  one: { variables: { a: 7 } }\n',
    'apps/shop/compose.yaml':
      'include: [./jobs.yaml]\nservices:\n  web:\n    extends: { file: ../../templates/web.yaml, service: base }\n    x-windlass: { variables: { b: 2 } }\n',
    'apps/shop/jobs.yaml': 'services:\n  job:\n    image: busybox\n    x-windlass:\n      variables: { a: 1 }\n',
    'templates/web.yaml':
      'services:\n  base:\n    image: busybox\n    x-windlass:\n      variables:\n        c: { cel: "1 + 1" }\n        b: 1\n',
  };
  t.deepEqual(shown(files, ['one']), {
    lines: [
      'job a service apps/shop/jobs.yaml:5 {"constant":1}',
      'job@one a host windlass.yaml:3 {"constant":7} over apps/shop/jobs.yaml:5',
      'web@one a host windlass.yaml:3 {"constant":7}',
      'web b service apps/shop/compose.yaml:5 {"constant":2}',
      'web c service templates/web.yaml:6 {"cel":"1 + 1"}',
    ],
    issues: [],
  });
});

test('a service that no profile asks for has none', (t) => {
  const files = {
    'windlass.yaml': '',
    'apps/shop/compose.yaml':
      'x-windlass: { variables: { a: 1 } }\nservices:\n  web: { image: busybox }\n  debug: { image: busybox, profiles: [debug] }\n',
  };
  t.deepEqual(shown(files).lines, ['web a application apps/shop/compose.yaml:1 {"constant":1}']);
});

test('mistakes are told once, and hide nothing else', (t) => {
  const files = {
    'windlass.yaml': '',
    'environments/production.yaml': 'variables: { host: 1, a: 2 }\n',
    'apps/shop/compose.yaml': 'x-windlass: { variables: { a: 1 } }\nservices:\n  web: { image: busybox }\n',
  };
  const { lines, issues } = shown(files);
  t.deepEqual(lines, ['web a environment environments/production.yaml:1 {"constant":2} over apps/shop/compose.yaml:1']);
  t.deepEqual(issues, [
    'environments/production.yaml:1 variables.host is a name that windlass gives to templates itself; choose another one',
  ]);
});
