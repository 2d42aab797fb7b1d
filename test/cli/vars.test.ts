import test from 'ava';
import { WindlassError } from '../../src/errors.ts';
import type { VariableEntry } from '../../src/model/variables.ts';
import { door } from './windlass.ts';

const entry = (over: Partial<VariableEntry> = {}): VariableEntry => ({
  name: 'theme',
  app: 'shop',
  service: 'web',
  host: null,
  level: 'environment',
  file: 'environments/staging.yaml',
  line: 2,
  value: { constant: 'dark' },
  hides: [{ level: 'application', file: 'apps/shop/compose.yaml', line: 4, value: { constant: 'plain' } }],
  ...over,
});
const diff = '--- a/environments/staging.yaml\n+++ b/environments/staging.yaml\n@@ -1,1 +1,1 @@\n-a: 1\n+a: 2\n';

test('vars ls shows one row for all services that have a value from one place', async (t) => {
  const { memory, run } = await door(t);
  memory.variables = [
    entry(),
    entry({ service: 'lb' }),
    entry({ name: 'password', value: { secret: 'shop-db' }, hides: [] }),
    entry({ name: 'rack', host: 'web-1', level: 'host', file: 'windlass.yaml', line: 7, value: { constant: ['b', 1] }, hides: [] }),
  ];
  const { stdout, status } = await run('vars', 'ls', 'staging');
  t.is(status, 0);
  t.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
    [
      ['OF', 'NAME', 'VALUE', 'FROM', 'HIDES'],
      ['shop', 'theme', 'dark', 'environments/staging.yaml:2 (environment)', 'plain of apps/shop/compose.yaml:4'],
      ['shop/web', 'password', 'secret shop-db', 'environments/staging.yaml:2 (environment)', '-'],
      ['shop/web on web-1', 'rack', '[b, 1]', 'windlass.yaml:7 (host)', '-'],
    ],
  );
});

test('vars get prints the value alone, and where it is from on stderr', async (t) => {
  const { memory, run } = await door(t);
  memory.variables = [entry(), entry({ service: 'lb' })];
  const { stdout, stderr, status } = await run('vars', 'get', 'staging/shop', 'theme');
  t.is(stdout, 'dark\n');
  t.is(stderr, 'from environments/staging.yaml:2 (environment), over plain of apps/shop/compose.yaml:4\n');
  t.is(status, 0);
  t.deepEqual(memory.asked, ['variables staging shop * theme']);
});

test('vars get asks for more where values differ', async (t) => {
  const { memory, run } = await door(t);
  memory.variables = [entry(), entry({ service: 'lb', value: { constant: 'light' } })];
  const { stdout, stderr, status } = await run('vars', 'get', 'staging', 'theme');
  t.is(stdout, '');
  t.regex(stderr, /^windlass: theme is not the same everywhere: choose ENV\/APP\/SERVICE\n/);
  t.is(status, 1);
});

const changes = (asked: readonly string[]) => {
  const sent = asked.filter((line) => /^(?:change|plan) variables/.test(line));
  return JSON.parse(sent.at(-1)?.replace(/^(?:change|plan) variables staging /, '') ?? '');
};

test('vars set sends values as YAML reads them, with author and message', async (t) => {
  const { memory, run } = await door(t);
  memory.change = diff;
  const assigned = ['port=8443', 'text="8443"', 'list=[a, 1]', 'url=https://x/?a=b', 'size={ cel: "1 + 1" }', 'empty='];
  const { stdout, status } = await run('vars', 'set', 'staging/shop', ...assigned, '--author', 'Ann <ann@example.com>', '-m', 'Because');
  t.is(status, 0);
  t.regex(stdout, /^[0-9a-f]{7} on main\n$/);
  const sent = changes(memory.asked);
  t.deepEqual(sent.author, { name: 'Ann', email: 'ann@example.com' });
  t.is(sent.message, 'Because');
  const of = { app: 'shop', file: 'environment' };
  t.deepEqual(sent.changes, [
    { name: 'port', value: { constant: 8443 }, ...of },
    { name: 'text', value: { constant: '8443' }, ...of },
    { name: 'list', value: { constant: ['a', 1] }, ...of },
    { name: 'url', value: { constant: 'https://x/?a=b' }, ...of },
    { name: 'size', value: { cel: '1 + 1' }, ...of },
    { name: 'empty', value: { constant: '' }, ...of },
  ]);
});

test('vars set takes a value as text, formula or secret when told so, for a host or in compose.yaml', async (t) => {
  const { memory, run } = await door(t);
  await run('vars', 'set', 'staging/shop/web', 'a=8443', '--as', 'text', '--compose');
  t.deepEqual(changes(memory.asked).changes, [{ name: 'a', value: { constant: '8443' }, app: 'shop', service: 'web', file: 'compose' }]);
  await run('vars', 'set', 'staging', 'a=shop-db', '--as', 'secret', '--host', 'web-1');
  t.deepEqual(changes(memory.asked).changes, [{ name: 'a', value: { secret: 'shop-db' }, host: 'web-1', file: 'environment' }]);
});

test('vars set says who goes on with a value from a stronger place', async (t) => {
  const { memory, run } = await door(t);
  memory.change = diff;
  memory.variables = [entry(), entry({ service: 'lb', hides: [] })];
  const { stderr } = await run('vars', 'set', 'staging/shop', 'theme=light', '--compose');
  t.regex(stderr, /staging\/shop\/web goes on with theme=dark of environments\/staging.yaml:2\n/);
  t.notRegex(stderr, /lb goes on/);
  t.notRegex((await run('vars', 'set', 'staging', 'theme=light')).stderr, /goes on/);
});

test('vars set says of a name that nothing reads it, and of a failed look at what hides it that it failed', async (t) => {
  const { memory, run } = await door(t);
  memory.change = diff;
  memory.unread = ['thme'];
  const set = ['vars', 'set', 'staging', 'thme=light', 'port=1'];
  const { stderr, status } = await run(...set);
  t.is(status, 0);
  t.is(stderr, 'nothing in the repository reads thme: is its name right?\n');
  t.is(memory.asked.filter((line) => line.startsWith('variables')).length, 1);
  t.regex((await run(...set, '--dry-run')).stdout, /nothing in the repository reads thme/);
  memory.operations.variables = async () => {
    throw new WindlassError('unknown-name', 'branch main has no commit yet');
  };
  t.regex((await run(...set)).stderr, /whether a stronger value hides it cannot be told: .*branch main has no commit yet\n$/);
});

test('vars unset sends null; --dry-run shows the change and its plan and sends nothing', async (t) => {
  const { memory, run } = await door(t);
  memory.change = diff;
  const { stdout } = await run('vars', 'unset', 'staging', 'a', '--dry-run');
  t.regex(stdout, /-a: 1\n\+a: 2\n\nstaging at [0-9a-f]{7}: nothing to do/);
  t.deepEqual(changes(memory.asked), [{ name: 'a', value: null, file: 'environment' }]);
  t.false(memory.asked.some((line) => line.startsWith('change')));
  await run('vars', 'unset', 'staging', 'a');
  t.is(changes(memory.asked).changes[0].value, null);
});

test('what cannot be meant is wrong use', async (t) => {
  const { run } = await door(t);
  for (const args of [
    ['vars', 'set', 'staging', 'novalue'],
    ['vars', 'set', 'staging', 'a=[1'],
    ['vars', 'set', 'staging', '1a=1'],
    ['vars', 'set', 'staging', 'a=1', '--compose'],
    ['vars', 'set', 'staging/shop', 'a=1', '--host', 'one'],
    ['vars', 'set', 'staging', 'a=1', '--author', 'nobody'],
    ['vars', 'set', 'a/b/c/d', 'a=1'],
  ]) {
    const { status, stderr } = await run(...args);
    t.is(status, 2, `${args.join(' ')}: ${stderr}`);
  }
});

test('deploy --set commits for the application and awaits its deployment', async (t) => {
  const { memory, run } = await door(t);
  memory.change = diff;
  const { status, stdout, stderr } = await run('deploy', 'staging', '--app', 'shop', '--set', 'port=8443', '--set', 'theme=dark');
  t.is(status, 0, stderr);
  t.regex(stdout, /^staging\/shop deployed at/);
  t.regex(stderr, /[0-9a-f]{7} on main/);
  t.deepEqual(
    changes(memory.asked).changes.map(({ name, app }: { name: string; app: string }) => [app, name]),
    [
      ['shop', 'port'],
      ['shop', 'theme'],
    ],
  );
  t.is(changes(memory.asked).alone, 'shop', 'what else has been pushed is not deployed to others with it');
  t.false(memory.asked.some((line) => line.startsWith('deploy')));
});

test('deploy --set of what is so already deploys what there is', async (t) => {
  const { memory, run } = await door(t);
  const { status, stderr } = await run('deploy', 'staging', '--set', 'port=8443');
  t.is(status, 0);
  t.regex(stderr, /it is so already: nothing was committed/);
  t.true(memory.asked.some((line) => line.startsWith('deploy staging')));
});
