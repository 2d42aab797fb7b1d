import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import type { DiffDocument, HistoryDocument, PlanDocument, RenderDocument } from '../../src/model/documents.ts';
import type { StatusDocument } from '../../src/model/status-documents.ts';
import { createWorld, siteRepository, type World } from '../support/world.ts';

const run = promisify(execFile);
const password = 'correct-horse-battery';

async function json<T>(world: World, ...args: string[]): Promise<T> {
  const { stdout, stderr, status } = await world.cli(...args, '--json');
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

test('an operator sees what is, what would be and why, and no secret', async (t) => {
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  const secrets = join(world.directory, 'secrets');
  await mkdir(secrets);
  await writeFile(join(secrets, 'site-password'), `${password}\n`);
  await world.repository.edit('apps/site/compose.yaml', (text) =>
    text.replace('greeting: hello 1 }', 'greeting: hello 1, password: { secret: site-password } }'),
  );
  await world.repository.write('apps/site/index.html.mustache', '{{greeting}} {{password}}\n');
  const first = await world.repository.commit('first');
  await world.repository.push();
  const windlass = await world.start('up', { WINDLASS_SECRETS_DIR: secrets });
  await world.api.ready();
  await world.api.deployed('staging', first);
  t.is(await world.exec('staging-site-web-1', 'cat', '/www/index.html'), `hello 1 ${password}\n`);

  const status = await json<StatusDocument>(world, 'status');
  t.is(status.environments[0]?.deployed, first);
  t.is((await world.cli('plan', 'staging', '--detailed-exitcode')).status, 0);
  const rendered = await json<RenderDocument>(world, 'render', 'staging/site/web');
  t.deepEqual(rendered.files.map(({ container, target, mode, text }) => [container, target, mode, text]).slice(0, 1), [
    ['staging-site-web-1', '/www/index.html', '0444', 'hello 1 [secret]\n'],
  ]);
  t.regex((await world.cli('logs', 'staging/baked/migrate')).stdout, /migrated to 1/);
  t.regex((await world.cli('status')).stdout, /staging-site-web-1\s+one\s+running\s+healthy/);

  // Frozen, a push waits; plan and diff say what it would do.
  t.is((await world.cli('freeze', 'staging', '--yes')).status, 0);
  await world.repository.edit('apps/site/compose.yaml', (text) => text.replace('hello 1', 'hello 2'));
  const second = await world.repository.commit('second');
  await world.repository.push();
  const held = await world.api.settled('staging', second);
  t.is(held.state, 'held');
  t.is(await world.exec('staging-site-web-1', 'cat', '/www/index.html'), `hello 1 ${password}\n`);
  const plan = await json<PlanDocument>(world, 'plan', 'staging');
  t.deepEqual(
    plan.apps.find(({ name }) => name === 'site')?.steps.map(({ kind, name, reason }) => `${kind} ${name} ${reason}`),
    ['push-config staging-site-web-1 index.html changed', 'push-config staging-site-web-2 index.html changed'],
  );
  t.is((await world.cli('plan', 'staging', '--detailed-exitcode')).status, 2);
  t.regex(plan.apps.find(({ waiting }) => waiting.length > 0)?.waiting[0] ?? '', /^frozen by /);
  const diff = await json<DiffDocument>(world, 'diff', 'staging');
  t.deepEqual(
    diff.files.map(({ containers }) => containers),
    [['staging-site-web-1', 'staging-site-web-2']],
    'the same change is shown once',
  );
  t.regex(diff.files[0]?.diff ?? '', /^-hello 1 \[secret\]$/m);
  t.regex(diff.files[0]?.diff ?? '', /^\+hello 2 \[secret\]$/m);

  t.is((await world.cli('unfreeze', 'staging', '--yes')).status, 0);
  await world.api.deployed('staging', second);
  t.is(await world.exec('staging-site-web-2', 'cat', '/www/index.html'), `hello 2 ${password}\n`);

  // A refused change: exit status 1, the reason in the tool's words.
  await world.repository.edit('apps/site/compose.yaml', (text) => text.replace('hello 2', 'goodbye'));
  const bad = await world.repository.commit('bad');
  await world.repository.push();
  await world.api.settled('staging', bad);
  const again = await world.cli('deploy', 'staging', '--yes');
  t.is(again.status, 1, again.stderr);
  const history = await json<HistoryDocument>(world, 'history');
  const failed = history.deployments.find(({ commit, state }) => commit === bad && state === 'failed');
  t.regex(failed?.message ?? '', /grep/);
  t.regex((await world.cli('show', failed?.id ?? '')).stdout, /failed/);

  // A variable: a commit and its deployment in one go, stronger than what compose.yaml says.
  const set = await world.cli(
    'deploy',
    'staging',
    '--app',
    'site',
    '--set',
    'greeting=hello set',
    '--author',
    'Ann <ann@example.com>',
    '--yes',
  );
  t.is(set.status, 0, set.stderr);
  t.is(await world.exec('staging-site-web-1', 'cat', '/www/index.html'), `hello set ${password}\n`);
  const { stdout: told } = await run('git', ['-C', world.repository.bare, 'log', '-1', '--format=%H %an %s', 'main']);
  const asSet = told.slice(0, 40);
  t.is(told.slice(41), 'Ann Set greeting of staging/site to "hello set"\n');
  const got = await world.cli('vars', 'get', 'staging/site', 'greeting');
  t.is(got.stdout, 'hello set\n');
  t.regex(got.stderr, /over goodbye of apps\/site\/compose\.yaml:3/);
  const listed = await world.cli('vars', 'ls', 'staging');
  t.regex(listed.stdout, /password +secret site-password/);
  t.notRegex(listed.stdout, new RegExp(password));

  // Guarded, a push waits until its very plan is approved.
  const index = (name: string) => world.exec(name, 'cat', '/www/index.html');
  const greeted = (greeting: string) => `${greeting} ${password}\n`;
  await world.repository.edit('windlass.yaml', (text) => text.replace('branch: main }', 'branch: main, approval: required }'));
  const greet = async (from: string, to: string) => {
    await world.repository.edit('apps/site/compose.yaml', (text) => text.replace(from, to));
    const commit = await world.repository.commit(to);
    await world.repository.push();
    return commit;
  };
  const third = await greet('goodbye', 'hello 3');
  t.is((await world.api.settled('staging', third)).state, 'awaiting-approval');
  t.is(await index('staging-site-web-1'), greeted('hello set'));
  const approved = await world.cli('approve', 'staging');
  t.is(approved.status, 0, approved.stderr);
  t.regex(approved.stderr, /push-config\s+staging-site-web-1/);
  t.regex(approved.stderr, /^\+hello 3 \[secret\]$/m);
  t.is(await index('staging-site-web-2'), greeted('hello 3'));
  t.regex((await world.cli('approve', 'staging', '--yes')).stderr, /nothing of staging waits for approval/);

  // Back, and a restart and a poll do not bring forward again what was left; a newer push does, once it is approved.
  const back = await world.cli('rollback', 'staging', '--yes');
  t.is(back.status, 0, back.stderr);
  t.is(await index('staging-site-web-1'), greeted('hello set'));
  await windlass.stop();
  await world.start('up', { WINDLASS_SECRETS_DIR: secrets });
  await world.api.ready();
  const pinned = await world.api.settled('staging', third);
  t.like(
    pinned.apps.find(({ name }) => name === 'site'),
    { state: 'deployed', wanted: asSet, deployed: asSet },
  );
  t.regex(pinned.apps.find(({ name }) => name === 'site')?.message ?? '', new RegExp(`^rolled back from ${third.slice(0, 7)} by `));
  t.is(await index('staging-site-web-1'), greeted('hello set'));
  const refusal = await world.cli('rollback', 'staging', '--app', 'site', '--to', failed?.id ?? '', '--yes');
  t.is(refusal.status, 1);
  t.regex(refusal.stderr, /ended as failed/);
  const fourth = await greet('hello 3', 'hello 4');
  t.is((await world.api.settled('staging', fourth)).state, 'awaiting-approval');
  t.is((await world.cli('approve', 'staging', '--yes')).status, 0);
  t.is(await index('staging-site-web-1'), greeted('hello 4'));
  // A program that prints what it was configured with.
  await world.exec('staging-site-web-1', 'sh', '-c', 'cat /www/index.html >/proc/1/fd/1');
  t.regex((await world.cli('logs', 'staging/site/web')).stdout, /^staging-site-web-1: hello 4 \[secret\]$/m);
  const trail = await json<HistoryDocument>(world, 'history', '--app', 'site');
  t.deepEqual(
    trail.deployments.slice(0, 3).map(({ trigger, commit, state }) => [trigger, commit, state]),
    [
      ['manual', fourth, 'succeeded'],
      ['rollback', asSet, 'succeeded'],
      ['manual', third, 'succeeded'],
    ],
  );

  const everything = [
    await world.log(),
    ...(await Promise.all(['status', 'history'].map(async (one) => (await world.cli(one, '--json')).stdout))),
  ].join('\n');
  t.false(everything.includes(password), 'no secret in logs, status or history');
  t.is((await world.cli('token')).stdout.trim(), (await readFile(join(world.directory, 'state', 'admin-token'), 'utf8')).trim());
  t.is((await world.cli('frobnicate')).status, 2);
  t.is((await world.cli('plan', 'nowhere')).status, 1);
});

test('a second windlass on the same state is refused with the reason, and a killed Redis is taken up again', async (t) => {
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  const first = await world.repository.commit('first');
  await world.repository.push();
  const windlass = await world.start('up');
  await world.api.ready();
  await world.api.settled('staging', first);

  const second = await world.start('up');
  t.is(await second.exited, 1);
  t.regex(await world.log(), /already uses the state directory/);

  // kill -9 of Redis right behind a push: the deployment goes on by itself, and nothing is done twice.
  await world.repository.edit('apps/site/compose.yaml', (text) => text.replace('hello 1', 'hello after the crash'));
  const pushed = await world.repository.commit('pushed');
  await world.repository.push();
  const { stdout } = await run('ps', ['-eo', 'pid,args']);
  const redis = stdout.split('\n').find((line) => line.includes('redis-server') && line.includes(world.directory));
  process.kill(Number(redis?.trim().split(' ')[0]), 'SIGKILL');
  await world.api.deployed('staging', pushed);
  t.is(await world.exec('staging-site-web-1', 'cat', '/www/index.html'), 'hello after the crash from staging-site-web-1\n');

  // A container removed by hand comes back.
  await run('docker', ['-H', world.engine.dockerHost, 'rm', '-f', 'staging-site-web-2']);
  for (let tries = 0; tries < 200; tries++) {
    if ((await world.exec('staging-site-web-2', 'cat', '/www/index.html').catch(() => '')) !== '') break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.is(await world.exec('staging-site-web-2', 'cat', '/www/index.html'), 'hello after the crash from staging-site-web-2\n');
  await windlass.stop();
  t.deepEqual(
    (await run('ps', ['-eo', 'args'])).stdout.split('\n').filter((line) => line.includes(world.directory) && line.includes('redis')),
    [],
    'Redis is stopped with it',
  );
});
