import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { parse } from 'yaml';
import { z } from 'zod';
import { jsonSchemas } from '../../playground/json-schemas.ts';
import { checkout } from '../../playground/windlass-process.ts';
import { readImages } from '../../src/repository/read-images.ts';
import { readRoot } from '../../src/repository/read-root.ts';
import { readShop, treeOf } from './trees.ts';

type Json = Parameters<typeof z.fromJSONSchema>[0];
const accepts = (path: string) => {
  const schema = z.fromJSONSchema(jsonSchemas[path] as Json);
  return (value: unknown) => schema.safeParse(value).success;
};
const file = (path: string) => parse(readFileSync(join(checkout, path), 'utf8'));

const ofRoot = accepts('schemas/windlass.json');
const ofEnvironment = accepts('schemas/environment.json');
const ofApplication = accepts('schemas/x-windlass.json');
const ofService = accepts('schemas/x-windlass-service.json');

test('the schemas take the example repository', (t) => {
  t.true(ofRoot(file('config-repo-example/windlass.yaml')));
  t.true(ofEnvironment(file('config-repo-example/environments/production.yaml')));
  for (const app of ['shop', 'catalog']) {
    const compose = file(`config-repo-example/apps/${app}/compose.yaml`);
    t.true(ofApplication(compose['x-windlass'] ?? {}));
    for (const service of Object.values(compose.services) as { 'x-windlass'?: unknown }[]) t.true(ofService(service['x-windlass'] ?? {}));
  }
});

/** What the readers say of the same values, written as JSON, which is YAML. */
const root = (value: unknown) => {
  const tree = treeOf({ 'windlass.yaml': JSON.stringify(value) });
  return readRoot(tree).issues.length + readImages(tree).issues.length === 0;
};
const environment = (value: unknown) => readShop(fine, { 'environments/staging.yaml': JSON.stringify(value) }).issues.length === 0;
const application = (value: unknown) => shop({ 'x-windlass': value, services: { web: { image: 'x' } } });
const service = (value: unknown) => shop({ services: { web: { image: 'x', 'x-windlass': value } } });
const shop = (compose: object) => readShop(JSON.stringify(compose)).issues.length === 0;
const fine = 'services: { web: { image: x, profiles: [debug] } }';

const reaction = {
  check: ['nginx', '-t'],
  action: { signal: 'HUP' },
  verify: { http: 'http://{{container.ip}}/', status: 200, within: '5s' },
  settle: { min: '1s', max: '2s' },
};
const whole = {
  root: {
    version: 1,
    environments: { staging: { branch: 'main', apps: ['shop'], hosts: { tier: 'a' }, sources: { shop: 'release' }, approval: 'required' } },
    hosts: { 'web-1': { labels: { a: 'b' }, variables: { rack: 1, f: { cel: '1' }, s: { secret: 'x' } } } },
    images: [
      {
        name: 'a',
        context: 'c',
        matrix: { k: ['1'] },
        args: { A: 1 },
        tag: '{{k}}',
        network: 'host',
        source: 'shop',
        target: 't',
        dockerfile: 'D',
      },
    ],
    sources: { shop: { url: 'https://git.example.com/x', branch: 'main', provider: 'gitlab' } },
  },
  environment: {
    variables: { a: [1, { b: 2 }] },
    profiles: ['debug'],
    apps: {
      shop: {
        policy: 'mutable',
        adopt: 'shop',
        variables: {},
        profiles: ['debug'],
        services: { web: { policy: 'immutable', replicas: 2, variables: {} } },
      },
    },
  },
  application: { policy: 'mutable', variables: { a: 1 }, on_config_change: reaction },
  service: {
    policy: 'mutable',
    variables: { a: 1 },
    on_config_change: [reaction, { action: 'restart' }, { action: { exec: ['a'] }, verify: { tcp: 80 } }],
    drain: '5s',
  },
};

const words: readonly unknown[] = [
  null,
  true,
  -1,
  3,
  1.5,
  '',
  'none',
  'mutable',
  'x y',
  '5s',
  '__x',
  [],
  ['a'],
  [[]],
  {},
  { frob: 1 },
  { 'x-any': 1 },
];
const twist = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'remove', 'add'),
  value: fc.constantFrom(...words),
  key: fc.constantFrom('frob', 'x-note', 'policy', 'cel', 'name'),
});

/** Every place of a value as the way that leads there. */
function places(value: unknown, way: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [way];
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
  return [way, ...entries.flatMap(([key, inner]) => places(inner, [...way, key]))];
}

type Open = Record<string | number, unknown>;

function twisted(value: unknown, { at, how, value: other, key }: { at: number; how: string; value: unknown; key: string }): unknown {
  const copy = structuredClone({ root: value });
  const all = places(value);
  const way = ['root', ...(all[at % all.length] ?? [])];
  let parent: Open = copy;
  for (const step of way.slice(0, -1)) parent = parent[step] as Open;
  const last = way.at(-1) ?? 'root';
  const here = parent[last];
  if (how === 'add' && typeof here === 'object' && here !== null && !Array.isArray(here)) (here as Open)[key] = other;
  else if (how === 'remove' && way.length > 1 && !Array.isArray(parent)) delete parent[last];
  else parent[last] = other;
  return copy.root;
}

const agrees = (name: keyof typeof whole, schema: (value: unknown) => boolean, reader: (value: unknown) => boolean) => {
  test(`schema and reader both take the whole of it: ${name}`, (t) => {
    t.true(schema(whole[name]));
    t.true(reader(whole[name]));
  });
  test(`whatever the reader takes, an editor does not call wrong: ${name}`, (t) => {
    fc.assert(
      fc.property(twist, (how) => {
        const value = twisted(whole[name], how);
        // Nothing behind a key counts as the key not being there.
        return value === null || !reader(value) || schema(value);
      }),
      { numRuns: 400 },
    );
    t.pass();
  });
  test(`an unknown key and a value of another kind are refused by both: ${name}`, (t) => {
    for (const value of [{ ...whole[name], frob: 1 }, [], 'text', { ...whole[name], variables: 1, environments: 1 }]) {
      t.false(schema(value), JSON.stringify(value));
      t.false(reader(value), JSON.stringify(value));
    }
  });
};

agrees('root', ofRoot, root);
agrees('environment', ofEnvironment, environment);
agrees('application', ofApplication, application);
agrees('service', ofService, service);

test('what the reader refuses for its form, the schema refuses too', (t) => {
  const both = (schema: (value: unknown) => boolean, reader: (value: unknown) => boolean, values: readonly unknown[]) => {
    for (const value of values) t.deepEqual([schema(value), reader(value)], [false, false], JSON.stringify(value));
  };
  both(ofRoot, root, [
    {},
    { environments: {} },
    { environments: { staging: {} } },
    { environments: { Staging: { branch: 'main' } } },
    { environments: { staging: { branch: 'a b' } } },
    { environments: { staging: { branch: 'main', approval: 'maybe' } } },
    { ...whole.root, sources: { shop: { branch: 'main' } } },
    { ...whole.root, images: [{ name: 'a' }] },
    { ...whole.root, hosts: { a: { variables: { env: 1 } } } },
  ]);
  both(ofService, service, [
    { drain: 'soon' },
    { policy: 'sometimes' },
    { on_config_change: { check: 'nginx -t' } },
    { on_config_change: { action: 'reload' } },
    { on_config_change: { action: {} } },
    { on_config_change: { verify: { status: 200 } } },
    { on_config_change: { verify: { tcp: 80, http: 'http://x/' } } },
    { variables: { a: { secret: '../x' } } },
    { variables: { 'a-b': 1 } },
  ]);
  both(ofEnvironment, environment, [{ profiles: 'debug' }, { apps: { shop: { services: { web: { replicas: 'many' } } } } }]);
});
