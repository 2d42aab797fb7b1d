import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createVariableOperations } from '../../../src/controller/variable-operations.ts';
import { WindlassError } from '../../../src/errors.ts';
import type { CommitRequest } from '../../../src/git/commit.ts';
import { openRepository } from '../../../src/git/repository.ts';
import { silentLog } from '../../../src/log.ts';
import type { HostRecord } from '../../../src/model/host.ts';
import type { VariableChange } from '../../../src/model/variables.ts';
import { knownTerms } from '../../../src/planning/leaving.ts';
import { createDrafts } from '../../../src/workers/drafts.ts';
import type { EnvironmentState } from '../../../src/workers/environment-state.ts';
import { createPlanner } from '../../../src/workers/planner.ts';
import { createRevisions } from '../../../src/workers/revisions.ts';
import { host } from '../../support/builders.ts';
import { createRepository, git } from '../../support/git-server.ts';
import { repositoryOptions, systemGit } from '../../support/repository-options.ts';

const files = {
  'windlass.yaml': `environments:
  staging: { branch: main }
  production: { branch: main, hosts: { tier: prod } }   # two of one branch
hosts:
  one: { labels: { tier: prod }, variables: { rack: b } }
`,
  'environments/production.yaml': `# Production.
variables:
  theme: dark   # as the designers want it
apps: { shop: { services: { web: { variables: { level: debug } } } } }
`,
  'apps/shop/compose.yaml': `x-windlass:
  policy: mutable
  variables:
    theme: plain
    count: { cel: "1 + 1" }
    password: { secret: shop-db }
configs:
  a.conf: { file: ./a.conf.mustache }
services:
  web:
    image: busybox:latest
    configs: [{ source: a.conf, target: /etc/a.conf }]
    x-windlass: { variables: { theme: web, rack: a } }
  job:
    image: busybox:latest
`,
  'apps/shop/a.conf.mustache': '{{theme}} {{count}}\n',
};

/** Variables over a real repository, read, edited, planned and committed as the controller does. */
async function setup(t: ExecutionContext, { hosts = [host()] }: { readonly hosts?: readonly HostRecord[] } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-variables-'));
  const repository = await createRepository(directory, 'config', files);
  const opened = openRepository({
    ...repositoryOptions,
    location: repository.bare,
    directory,
    provider: 'standard',
    git: await systemGit(),
  });
  const planner = createPlanner();
  t.teardown(async () => {
    await planner.close();
    await rm(directory, { recursive: true, force: true });
  });
  const drafts = createDrafts({
    tree: (_, commit) => opened.tree(commit),
    packed: (_, commit) => opened.packed(commit),
    read: (_, oid) => opened.read(oid),
    committedAt: (_, commit) => opened.committedAt(commit),
  });
  const revisions = createRevisions({ planner, trees: drafts, secrets: async () => ({}), ownHost: 'one' });
  let states: readonly EnvironmentState[] = [];
  const look = async () => {
    const commit = (await opened.resolve('main')) ?? '';
    const { root } = await revisions.root(commit);
    if (!root) throw new Error('windlass.yaml has mistakes');
    states = root.environments.map((environment) => ({ environment, root, revision: { commit, sources: {} } }));
  };
  await look();
  const beforeCommit: (() => Promise<unknown>)[] = [];
  const logged: object[] = [];
  const alone: object[] = [];
  const operations = createVariableOperations({
    environments: {
      all: () => states,
      get: (name) => states.find(({ environment }) => environment.name === name),
      require: (name) => states.find(({ environment }) => environment.name === name) ?? (t.fail() as never),
      appsOf: () => ['shop'],
      head: () => 'main',
    },
    repositories: {
      fetch: () => opened.fetch(),
      resolve: (_, branch) => opened.resolve(branch),
      commit: async (request: CommitRequest) => {
        await beforeCommit.shift()?.();
        return opened.commit(request);
      },
    },
    drafts,
    planner,
    revisions,
    hosts: async () => hosts,
    decided: (question, app, hosts) => revisions.decide({ ...question, app, hosts, terms: knownTerms }),
    appsOf: (_, app) => {
      if (app === undefined || app === 'shop') return ['shop'];
      throw new WindlassError('unknown-name', `there is no application ${app}`);
    },
    refetch: look,
    fetchAlone: async (asked, fetch) => {
      const fetched = await fetch();
      alone.push({ ...asked, ...fetched.own });
      return fetched;
    },
    committer: { name: 'windlass', email: 'windlass@one' },
    now: () => new Date('2026-11-22T10:00:00Z'),
    log: { ...silentLog, info: (fields, message) => logged.push({ ...fields, message }) },
  });
  const change = (changes: readonly VariableChange[], more: { readonly base?: string; readonly alone?: string } = {}) =>
    operations.changeVariables({ environment: 'production', changes, author: { name: 'Ann', email: 'ann@example.com' }, ...more });
  const file = (path: string) => git(repository.bare, 'show', `main:${path}`);
  return { repository, operations, change, file, beforeCommit, logged, alone };
}

const set = (name: string, constant: string | number, of: Partial<VariableChange> = {}): VariableChange => ({
  name,
  value: { constant },
  file: 'environment',
  ...of,
});

test('each variable is listed with its place, its level and what it hides', async (t) => {
  const { operations } = await setup(t);
  const { variables, issues } = await operations.variables({ environment: 'production' });
  t.deepEqual(issues, []);
  const shown = variables.map(({ service, host: on, name, file, line, level, hides }) =>
    `${service}${on === null ? '' : `@${on}`} ${name} ${level} ${file}:${line} ${hides.map((hidden) => `${hidden.file}:${hidden.line}`).join(' ')}`.trim(),
  );
  t.deepEqual(shown, [
    'job count application apps/shop/compose.yaml:5',
    'job password application apps/shop/compose.yaml:6',
    'job@one rack host windlass.yaml:5',
    'job theme environment environments/production.yaml:3 apps/shop/compose.yaml:4',
    'web count application apps/shop/compose.yaml:5',
    'web level environment-service environments/production.yaml:4',
    'web password application apps/shop/compose.yaml:6',
    'web rack service apps/shop/compose.yaml:13',
    'web@one rack host windlass.yaml:5 apps/shop/compose.yaml:13',
    'web theme environment environments/production.yaml:3 apps/shop/compose.yaml:13 apps/shop/compose.yaml:4',
  ]);
  const password = await operations.variables({ environment: 'production', service: 'web', variable: 'password' });
  t.deepEqual(
    password.variables.map(({ value }) => value),
    [{ secret: 'shop-db' }],
  );
  await t.throwsAsync(operations.variables({ environment: 'production', variable: 'thme' }), {
    message: /no variable thme there; did you mean theme\?/,
  });
});

test('a change is a commit by its author in which nothing else changes, and moves every environment of the branch', async (t) => {
  const { repository, change, file, logged } = await setup(t);
  const done = await change([set('theme', 'light')]);
  t.is(await git(repository.bare, 'rev-parse', 'main'), done.commit);
  t.is(`${await file('environments/production.yaml')}\n`, files['environments/production.yaml'].replace('dark', 'light'));
  t.is(await git(repository.bare, 'log', '-1', '--format=%an %s', 'main'), 'Ann Set theme of production to "light"');
  t.is(await git(repository.bare, 'diff', '--name-only', 'main~1', 'main'), 'environments/production.yaml');
  t.deepEqual(
    done.environments.map(({ name }) => name),
    ['production', 'staging'],
  );
  const pushes = [`poll-${done.commit.slice(0, 12)}`];
  t.deepEqual(logged, [{ environment: 'production', branch: 'main', commit: done.commit, pushes, message: 'variables committed' }]);
  t.regex(done.diff, /- {2}theme: dark {3}# as the designers want it\n\+ {2}theme: light {3}# as the designers want it/);
});

test('a plan says what would be touched, and writes nothing', async (t) => {
  const { repository, operations } = await setup(t);
  const before = await git(repository.bare, 'rev-parse', 'main');
  const plan = await operations.planVariables({ environment: 'production', changes: [set('theme', 'light')] });
  t.is(plan.base, before);
  t.deepEqual(
    plan.plans.map(({ environment, apps }) => [environment, apps[0]?.steps.map(({ name }) => name).sort()]),
    [
      ['production', ['production-shop-job-1', 'production-shop-web-1']],
      ['staging', ['staging-shop-job-1', 'staging-shop-web-1']],
    ],
  );
  t.is(await git(repository.bare, 'rev-parse', 'main'), before);
});

test("a host's and a compose file's variables are written where they belong, and taken away there", async (t) => {
  const { change, file } = await setup(t);
  await change([set('rack', 'c', { host: 'one' })]);
  t.regex(await file('windlass.yaml'), /variables: \{ rack: c \} \}/);
  await change([set('theme', 'blue', { app: 'shop', service: 'web', file: 'compose' }), set('extra', 7, { app: 'shop', file: 'compose' })]);
  t.regex(
    await file('apps/shop/compose.yaml'),
    /password: \{ secret: shop-db \}\n {4}extra: 7\nconfigs:[\s\S]*variables: \{ theme: blue, rack: a \}/,
  );
  await change([{ ...set('level', '', { app: 'shop', service: 'web' }), value: null }]);
  t.notRegex(await file('environments/production.yaml'), /level/);
  await t.throwsAsync(change([{ ...set('level', ''), value: null }]), {
    message: /environments\/production\.yaml: variables\.level is not there/,
  });
  await t.throwsAsync(change([{ ...set('extra', '', { app: 'shop' }), value: null }]), {
    message: /apps\.shop\.variables\.extra is not there; it stands in apps\/shop\/compose\.yaml: name production\/shop with --compose$/,
  });
});

test('a push that comes between is kept, and the change stands on top of it', async (t) => {
  const { repository, change, file, beforeCommit } = await setup(t);
  let theirs = '';
  beforeCommit.push(async () => {
    theirs = await repository.push({ 'environments/production.yaml': files['environments/production.yaml'].replace('debug', 'info') });
  });
  const { commit } = await change([set('theme', 'light')]);
  t.is(await git(repository.bare, 'rev-parse', `${commit}~1`), theirs);
  t.regex(await file('environments/production.yaml'), /theme: light[\s\S]*level: info/);
});

test('a change for the deployment of one application says which commit is its own, and what that stands on', async (t) => {
  const { repository, change, alone } = await setup(t);
  const theirs = await repository.push({ 'apps/shop/a.conf.mustache': 'v2 {{theme}}\n' });
  const { commit } = await change([set('theme', 'light', { app: 'shop' })], { alone: 'shop' });
  t.deepEqual(alone, [{ environment: 'production', app: 'shop', author: 'Ann', commit, base: theirs }]);
  await change([set('theme', 'light', { app: 'shop' })], { alone: 'shop' });
  t.deepEqual(alone[1], { environment: 'production', app: 'shop', author: 'Ann' }, 'nothing was committed');
});

test('a push that changes the very same value is not overwritten', async (t) => {
  const { repository, change, file, beforeCommit } = await setup(t);
  const push = () => repository.push({ 'environments/production.yaml': files['environments/production.yaml'].replace('dark', 'theirs') });
  beforeCommit.push(push);
  const error = await t.throwsAsync(change([set('theme', 'light')]), { instanceOf: WindlassError });
  t.is((error as WindlassError).code, 'conflict');
  t.regex(error?.message ?? '', /^theme has been set to "theirs" by a push to main meanwhile; nothing was committed/);
  t.regex(await file('environments/production.yaml'), /theirs/);
});

test('a change whose plan was shown for an older commit is refused where its value has moved since', async (t) => {
  const { repository, change } = await setup(t);
  const base = await git(repository.bare, 'rev-parse', 'main');
  await repository.push({ 'apps/shop/a.conf.mustache': 'v2 {{theme}}\n' });
  const { commit } = await change([set('theme', 'light')], { base });
  await t.throwsAsync(change([set('theme', 'grey')], { base }), { message: /^theme has been set to "light" by a push/ });
  t.is(await git(repository.bare, 'rev-parse', 'main'), commit);
});

test('twenty changes at once all arrive', async (t) => {
  const { repository, change, file } = await setup(t);
  await Promise.all(Array.from({ length: 20 }, (_, index) => change([set(`v${index}`, index)])));
  const text = await file('environments/production.yaml');
  for (let index = 0; index < 20; index++) t.regex(text, new RegExp(`\\n  v${index}: ${index}\\n`));
  t.is(await git(repository.bare, 'rev-list', '--count', 'main'), '21');
});

test('what would be a mistake is refused with its place, and nothing is committed', async (t) => {
  const { repository, change } = await setup(t);
  const before = await git(repository.bare, 'rev-parse', 'main');
  const refused = async (changed: VariableChange, message: RegExp) => {
    const error = await t.throwsAsync(change([changed]), { instanceOf: WindlassError });
    t.regex(`${error?.message}\n${(error as WindlassError).output}`, message);
  };
  await refused(
    set('host', 'x'),
    /would be a mistake[\s\S]*environments\/production\.yaml:\d+:\d+: variables\.host is a name that windlass gives to templates/,
  );
  await refused({ ...set('count', ''), value: { cel: 'nothing + 1' } }, /would be a mistake[\s\S]*nothing/);
  // Nothing reads it, so nothing is rendered with it.
  const broken = /^the change would be a mistake.*\nenvironments\/production\.yaml:\d+:\d+: formula: Unexpected token: EOF/;
  await refused({ ...set('unread', ''), value: { cel: '1 + ' } }, broken);
  await refused({ ...set('unread', ''), value: { cel: 'hots.memory' } }, /production\.yaml:\d+:\d+: formula: .*hots/);
  await refused(set('theme', 'x', { app: 'shop', service: 'wbe' }), /wbe is no service of this application; did you mean web\?/);
  await refused(set('theme', 'x', { host: 'oen' }), /there is no host oen; did you mean one\?/);
  await refused(set('theme', 'x', { app: 'sohp' }), /there is no application sohp/);
  t.is(await git(repository.bare, 'rev-parse', 'main'), before);
});

test('what windlass validate would refuse is refused where no host is connected, and by a plan too', async (t) => {
  const { operations } = await setup(t, { hosts: [] });
  const changes: readonly VariableChange[] = [{ ...set('theme', ''), value: { cel: 'nothing + 1' } }];
  const error = await t.throwsAsync(operations.planVariables({ environment: 'production', changes }), { instanceOf: WindlassError });
  t.regex((error as WindlassError).output ?? '', /^environments\/production\.yaml:3:\d+: formula: .*nothing/);
});

test('mistakes that were there before do not keep a change from being made', async (t) => {
  const { repository, change } = await setup(t);
  await repository.push({ 'apps/shop/a.conf.mustache': '{{theme}} {{unknown}}\n' });
  const { commit } = await change([set('theme', 'light')]);
  t.is(await git(repository.bare, 'rev-parse', 'main'), commit);
});

test('a name that nothing reads is told, with the plan and with the commit', async (t) => {
  const { operations, change } = await setup(t);
  const changes = [set('theem', 'light'), set('theme', 'light')];
  t.deepEqual((await operations.planVariables({ environment: 'production', changes })).unread, ['theem']);
  t.deepEqual((await change(changes)).unread, ['theem']);
});

test('what is so already is no commit', async (t) => {
  const { repository, change } = await setup(t);
  const before = await git(repository.bare, 'rev-parse', 'main');
  const done = await change([set('theme', 'dark')]);
  t.deepEqual([done.commit, done.diff], [before, '']);
});
