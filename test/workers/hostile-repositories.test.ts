import test from 'ava';
import { createPlanner } from '../../src/workers/planner.ts';
import { treeOf } from '../repository/trees.ts';

const root = 'environments: { staging: { branch: main } }';
const compose = (more: string) => `configs: { a: { file: a.mustache } }\nservices: { web: { image: x, configs: [a] } }\n${more}`;

// One thread for all: a question's deadline is its own.
const planner = createPlanner();
test.after.always(() => planner.close());

/** What validation says of a repository, in the thread with its deadline. */
async function validated(files: Readonly<Record<string, string>>) {
  const tree = treeOf({ 'windlass.yaml': root, 'apps/shop/compose.yaml': compose(''), 'apps/shop/a.mustache': '', ...files });
  const { issues } = await planner.ask({ kind: 'validate', tree });
  return issues.map(({ file, message }) => `${file}: ${message.split('\n')[0]}`);
}

const laughs = `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `a${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]\n`).join('')}`;
const file = 'apps/shop/compose.yaml';

const survives = (title: string, files: Readonly<Record<string, string>>, expected: RegExp | undefined) =>
  test(title, async (t) => {
    const issues = await validated(files);
    if (expected === undefined) t.deepEqual(issues, []);
    else
      t.true(
        issues.some((issue) => expected.test(issue)),
        issues.slice(0, 5).join('\n'),
      );
  });

survives(
  'ten megabytes of YAML',
  { [file]: `${compose('')}# ${'x'.repeat(10 * 2 ** 20)}` },
  /compose\.yaml: this file has \d+ bytes; a YAML file may have 1 MiB/,
);
survives(
  'a megabyte of keys',
  { [file]: compose(`x-keys: { ${Array.from({ length: 80_000 }, (_, n) => `k${n}: 1`).join(', ')} }`) },
  /more than 100000 words and signs/,
);
survives('a billion laughs', { [file]: `${compose('')}x-laughs:\n  ${laughs.replaceAll('\n', '\n  ')}` }, /more than 200000 values/);
survives('nesting without end in YAML', { [file]: `${compose('')}x-deep: ${'['.repeat(100_000)}` }, /nested too deeply/);
survives(
  'nesting without end in windlass.yaml',
  { 'windlass.yaml': `x: ${'{ a: '.repeat(50_000)}` },
  /windlass\.yaml: this file is nested too deeply/,
);
survives('a template that includes itself', { 'apps/shop/a.mustache': '{{> a}}' }, /partials are not offered/);
survives('sections without end', { 'apps/shop/a.mustache': '{{#environment}}'.repeat(20_000) }, /more than 5000 tags/);
survives(
  'sections without end that are closed',
  { 'apps/shop/a.mustache': '{{#environment}}'.repeat(2_000) + '{{/environment}}'.repeat(2_000) },
  /more than 50 sections/,
);
survives(
  'references without end',
  { [file]: compose(`x: 1`).replace('image: x', `image: "${'${A:-'.repeat(20_000)}"`) },
  /nested too deeply|no closing brace/,
);
survives(
  'numbers beyond numbers',
  { [file]: compose('').replace('image: x', 'image: x, mem_limit: 99999999999999999999999999999g, pids_limit: 9e99, cpus: 1e400') },
  /mem_limit must be a size/,
);
survives(
  'the prototype as a key',
  { [file]: compose('').replace('image: x', 'image: x, __proto__: { privileged: true }, labels: { constructor: a }') },
  /__proto__ is not allowed/,
);
survives('the prototype as a service', { [file]: compose('').replace('web:', 'constructor:') }, undefined);
survives(
  'a port range of everything, many times',
  { [file]: compose('').replace('image: x', `image: x, expose: [${'1-65535,'.repeat(200)}]`) },
  /expose names more than 300000 ports/,
);
survives(
  'a formula of a hundred thousand terms',
  { [file]: compose(`x-windlass: { variables: { a: { cel: "${'1+'.repeat(100_000)}1" } } }`) },
  /formula: /,
);
survives(
  'services that extend each other through files',
  {
    [file]: 'services: { web: { image: x, extends: { file: b.yaml, service: web } } }',
    'apps/shop/b.yaml': 'services: { web: { image: x, extends: { file: compose.yaml, service: web } } }',
  },
  /extends itself/,
);
