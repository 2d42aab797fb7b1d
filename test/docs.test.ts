import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { generatedDocs } from '../playground/generated-docs.ts';
import { type JsonSchema, jsonSchemas } from '../playground/json-schemas.ts';
import { checkout } from '../playground/windlass-process.ts';
import { driftPolicies } from '../src/model/drift.ts';
import { keys } from '../src/queue/keys.ts';
import { applicationExtensionKeys, formulaKeys, secretVariableKeys } from '../src/repository/windlass-keys.ts';
import { readSettings, thisMachine } from '../src/settings.ts';

const read = (path: string) => readFile(join(checkout, path), 'utf8');

for (const [path, text] of generatedDocs())
  test(`${path} is as "npm run docs" writes it`, async (t) => {
    t.is(await read(path), text);
  });

test('docs/cli.md has every command that does something', async (t) => {
  const sections = [...(await read('docs/cli.md')).matchAll(/^## windlass (.+)$/gm)].map(([, name]) => name);
  t.deepEqual(sections, [
    ...['up', 'controller', 'agent', 'init', 'validate', 'render', 'plan', 'diff'],
    ...['deploy', 'approve', 'canary continue', 'canary abort', 'rollback', 'freeze', 'unfreeze'],
    ...['status', 'history', 'show', 'logs', 'hosts', 'hosts forget', 'vars ls', 'vars get', 'vars set', 'vars unset'],
    ...['doctor', 'hook show', 'hook install', 'token'],
  ]);
});

test('the image is built with everything that the package ships', async (t) => {
  const { files } = JSON.parse(await read('package.json')) as { files: readonly string[] };
  const letIn = new Set((await read('.dockerignore')).split('\n').map((line) => line.replace(/^!/, '')));
  // Compiled there, from src.
  const copied = files.filter((entry) => !entry.startsWith('!') && !entry.startsWith('dist'));
  t.deepEqual(
    copied.filter((entry) => !letIn.has(entry)),
    [],
  );
  t.true(letIn.has('src'));
});

test('every link of a document that the package ships leads to something that it ships', async (t) => {
  const { files } = JSON.parse(await read('package.json')) as { files: readonly string[] };
  // npm adds these whatever is said.
  const shipped = [...files, 'README.md', 'LICENSE', 'package.json'];
  const ships = (path: string) => shipped.some((entry) => path === entry || path.startsWith(`${entry}/`));
  const inFolders = await readdir(join(checkout, 'docs'), { recursive: true });
  const documents = [...shipped, ...inFolders.map((path) => `docs/${path}`)].filter((path) => path.endsWith('.md'));
  const missing: string[] = [];
  for (const path of documents)
    for (const [, link = ''] of (await read(path)).matchAll(/\]\(([^)#\s]+)/g))
      if (!link.includes('://') && !ships(join(dirname(path), link))) missing.push(`${path}: ${link}`);
  t.deepEqual(missing, []);
  t.true(documents.length > 20);
});

/** As Git hosts name a heading in an address. */
const slug = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const withoutCode = (text: string): string => text.replaceAll(/^```.*?^```$/gms, '');

test('every link to a heading leads to one', async (t) => {
  const inFolders = await readdir(join(checkout, 'docs'), { recursive: true });
  const atRoot = (await readdir(checkout)).filter((path) => path.endsWith('.md'));
  const documents = [...atRoot, ...inFolders.map((path) => `docs/${path}`).filter((path) => path.endsWith('.md'))];
  const texts = new Map(await Promise.all(documents.map(async (path) => [path, withoutCode(await read(path))] as const)));
  const anchorsOf = (text: string) => [
    ...[...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading)),
    ...[...text.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id),
  ];
  const lost = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(/\]\(([^)\s:]*)#([^)\s]+)\)/g)].flatMap(([link, file = '', anchor = '']) => {
      const target = texts.get(file === '' ? path : join(dirname(path), file));
      return target === undefined || anchorsOf(target).includes(anchor) ? [] : [`${path}: ${link.slice(2)}`];
    }),
  );
  t.deepEqual(lost, []);
  t.true([...texts.values()].join('').includes(']('));
});

test('the table of keys in ARCHITECTURE.md has every key of Redis that queue/keys.ts names', async (t) => {
  const [, section = ''] = (await read('ARCHITECTURE.md')).split('\n## What is kept where\n');
  const documented = [...section.matchAll(/`(windlass:[^`]+)`/g)].map(([, key = '']) => key.replaceAll(/:[A-Z]+\b/g, ':*'));
  const named: readonly unknown[] = Object.values(keys);
  const known = named.map((key) => (typeof key === 'function' ? String(key('*', '*')) : String(key)));
  t.deepEqual(
    known.filter((key) => !documented.includes(key)),
    [],
  );
  t.true(known.length > 20);
});

/** Every variable that the code looks for. */
function settingsRead(): ReadonlySet<string> {
  const names = new Set<string>();
  const environment = new Proxy<Record<string, string>>(
    {},
    {
      get: (_none, name) => {
        if (typeof name === 'string') names.add(name);
      },
    },
  );
  readSettings(environment, thisMachine());
  return names;
}

test('the table of settings has every variable that is read, and no other', async (t) => {
  const table = (await read('docs/configuration.md')).split('\n## Settings\n')[1]?.split('\n## ')[0] ?? '';
  const rows = [...table.matchAll(/^\| ((?:`[^`]+`(?:, )?)+)(?: and .+)? \|/gm)];
  const documented = rows.flatMap(([, names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  const secrets = [...settingsRead()].filter((name) => name.endsWith('_FILE'));
  const known = [...settingsRead()].filter((name) => name.startsWith('WINDLASS_') && !secrets.includes(name));
  // Found by their form, not by a name.
  const perSource = ['SECRET', 'TOKEN', 'SSH_KEY'].map((what) => `WINDLASS_SOURCE_<NAME>_${what}`);
  t.deepEqual(documented.filter((name) => name.startsWith('WINDLASS_')).sort(), [...known, ...perSource].sort());
  t.true(secrets.length > 3);
});

/**
 * The rows of the tables below a heading of docs/configuration.md: what a row says, by each key that it is about. `.drift` behind
 * `a.policy` is `a.drift`.
 */
async function rowsBelow(heading: string): Promise<ReadonlyMap<string, string>> {
  const [, section = ''] = (await read('docs/configuration.md')).split(`\n${heading}\n`);
  const [own = ''] = section.split(/\n##+ /);
  const rows = new Map<string, string>();
  for (const [row, cell = ''] of own.matchAll(/^\| ([^|]+) \|.*$(?!\n\|--)/gm)) {
    let folder = '';
    for (const [, key = ''] of cell.matchAll(/`([^`]+)`/g)) {
      const whole = key.startsWith('.') ? folder + key : key;
      folder = whole.replace(/\.[^.]*$/, '');
      rows.set(whole, row);
    }
  }
  return rows;
}

/** Keys of windlass under a schema, with the place of each; a mapping by name has a letter or word in its place, as the tables have. */
function keysOf(schema: JsonSchema, names: readonly string[] = [], place = ''): readonly string[] {
  const {
    properties = {},
    additionalProperties,
    anyOf = [],
    items,
  } = schema as {
    properties?: Readonly<Record<string, JsonSchema>>;
    additionalProperties?: JsonSchema | false;
    anyOf?: readonly JsonSchema[];
    items?: JsonSchema;
  };
  const [name, ...rest] = names;
  return [
    ...Object.entries(properties).flatMap(([key, value]) => [place + key, ...keysOf(value, names, `${place}${key}.`)]),
    ...(additionalProperties && name !== undefined ? keysOf(additionalProperties, rest, `${place}${name}.`) : []),
    ...[...anyOf, ...(items ? [items] : [])].flatMap((one) => keysOf(one, names, place)),
  ];
}

const schemaOf = (file: string): JsonSchema => jsonSchemas[`schemas/${file}.json`] ?? {};
const under = (keys: readonly string[], place: string) => keys.filter((key) => key.startsWith(place)).map((key) => key.slice(place.length));
/** Said once, where a service says them. */
const saidElsewhere = /\.(guard|canary|variables)\./;
const rootKeys = keysOf(schemaOf('windlass'), ['NAME']);
const environmentKeys = keysOf(schemaOf('environment'), ['A', 'S']).filter((key) => !saidElsewhere.test(`.${key}`));
const serviceKeys = keysOf(schemaOf('x-windlass-service'));

const tables: readonly (readonly [heading: string, keys: readonly string[]])[] = [
  ['## windlass.yaml', rootKeys.filter((key) => !key.startsWith('images.'))],
  ['### Images', under(rootKeys, 'images.')],
  ['## environments/NAME.yaml', environmentKeys],
  ['## x-windlass', serviceKeys.filter((key) => !/^(guard|on_config_change)\./.test(key))],
  ['### Drift', driftPolicies],
  ['### guard', under(serviceKeys, 'guard.')],
  ['### on_config_change', under(serviceKeys, 'on_config_change.')],
];

for (const [heading, known] of tables)
  test(`docs/configuration.md has each key below "${heading}", and no other`, async (t) => {
    const rows = await rowsBelow(heading);
    // A mapping whose keys have rows needs none; a key without a row stands in that of the mapping it is in.
    const hasRow = (key: string) => rows.has(key) || [...rows.keys()].some((row) => row.startsWith(`${key}.`));
    const inRowAbove = (key: string) => {
      const above = key.replace(/\.[^.]*$/, '');
      const spans = [...(rows.get(above) ?? '').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
      return above !== key && spans.some((span) => span.split(/\W+/).includes(key.slice(above.length + 1)));
    };
    t.deepEqual(
      known.filter((key) => !hasRow(key) && !inRowAbove(key)),
      [],
    );
    t.deepEqual(
      [...rows.keys()].filter((row) => !known.includes(row)),
      [],
    );
    t.true(known.length > 1);
  });

test('docs/configuration.md says of each key of x-windlass where it may stand, and both forms of variables that are no constant', async (t) => {
  const rows = await rowsBelow('## x-windlass');
  const ofApplication = Object.keys(applicationExtensionKeys);
  for (const [key, row] of rows) t.true(row.includes(ofApplication.includes(key) ? '| both |' : '| service |'), row);
  const [, variables = ''] = (await read('docs/configuration.md')).split('\n### Variables\n');
  for (const form of Object.keys({ ...formulaKeys, ...secretVariableKeys }))
    t.regex(variables.split('\n##')[0] ?? '', new RegExp(`{ ${form}: `));
});

test('docs/configuration.md names no key of a service that docs/compose.md does not have', async (t) => {
  const compose = await read('docs/compose.md');
  const unknown = [...(await rowsBelow('### Services')).keys()].filter((key) =>
    key.split('.').some((part) => !compose.includes(`\`${part}\``)),
  );
  t.deepEqual(unknown, []);
});
