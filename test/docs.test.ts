import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { generatedDocs } from '../playground/generated-docs.ts';
import { checkout } from '../playground/windlass-process.ts';
import { keys } from '../src/queue/keys.ts';
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
