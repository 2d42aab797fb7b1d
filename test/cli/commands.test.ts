import test from 'ava';
import { apiVersion } from '../../src/model/documents.ts';
import { commit, earlier, succeeded } from '../api/memory.ts';
import { door } from './windlass.ts';

test.serial('status shows applications, containers and hosts as tables', async (t) => {
  const { run, memory } = await door(t);
  memory.app = { ...memory.app, deployed: earlier, state: 'failed', message: 'web:latest did not build\nstep 3' };
  memory.frozen = true;
  const { status, stdout, stderr } = await run('status');
  t.is(
    stdout,
    `ENVIRONMENT       APP   STATE   WANTED   DEPLOYED  MESSAGE
staging (frozen)  shop  failed  4f0c2a9  91be33f   web:latest did not build step 3

CONTAINER           HOST   STATE    HEALTH   CONFIG      IP          STARTED
staging-shop-web-1  web-1  running  healthy  1/1 loaded  172.18.0.2  2026-08-20 10:00:00Z

HOST   STATE  ENGINE    LABELS    LAST SEEN
web-1  ready  20.10.24  role=web  2026-08-20 10:00:05Z
`,
  );
  t.is(stderr, '');
  t.is(status, 0);
});

test.serial('history is a table, the newest first', async (t) => {
  const { run, memory } = await door(t);
  memory.deployments.unshift({
    ...succeeded,
    id: 'd-2',
    trigger: 'manual',
    state: 'running',
    startedAt: '2026-08-20T11:00:00.000Z',
    finishedAt: undefined,
  } as never);
  const { stdout } = await run('history', '--environment', 'staging', '--limit', '5');
  t.is(
    stdout,
    `DEPLOYMENT  ENVIRONMENT  APP   COMMIT   TRIGGER  STATE      STARTED               TOOK  MESSAGE
d-2         staging      shop  4f0c2a9  manual   running    2026-08-20 11:00:00Z  -
d-1         staging      shop  4f0c2a9  push     succeeded  2026-08-20 10:00:00Z  4.2s
`,
  );
  await run('history', '--app', '(images)');
  t.deepEqual(memory.asked, ['history staging * 5', 'history * (images) 20']);
});

test.serial('show has the steps, the errors in full and the log', async (t) => {
  const { run, memory } = await door(t);
  const [build] = succeeded.steps;
  if (!build) return t.fail();
  const error = 'the check failed\n\u001b[31mnginx: [emerg] unknown directive\u001b[0m';
  const push = { kind: 'push-config', name: 'staging-shop-web-1', host: 'web-1', reason: 'nginx.conf changed' } as const;
  memory.deployments[0] = {
    ...succeeded,
    state: 'failed',
    message: 'refused',
    steps: [build, { ...push, state: 'failed', ms: 84, error }],
  };
  const { stdout } = await run('show', 'd-1');
  t.is(
    stdout,
    `d-1: staging/shop at 4f0c2a9 by push: failed
started 2026-08-20 10:00:00Z, took 4.2s
refused

STEP         NAME                HOST   STATE      TOOK  REASON
build-image  web:latest          web-1  succeeded  3.1s  images/web/Dockerfile changed
push-config  staging-shop-web-1  web-1  failed     84ms  nginx.conf changed

push-config staging-shop-web-1:
  the check failed
  nginx: [emerg] unknown directive

10:00:01 web:latest  #1 FROM busybox
`,
  );
});

test.serial('plan gives each step with its reason, and what it waits for', async (t) => {
  const { run, memory } = await door(t);
  memory.plan = {
    apiVersion,
    environment: 'staging',
    commit,
    apps: [
      {
        name: 'shop',
        steps: [
          { kind: 'build-image', name: 'web:latest', host: 'web-1', reason: 'images/web/Dockerfile changed' },
          {
            kind: 'recreate-container',
            name: 'staging-shop-web-1',
            host: 'web-1',
            reason: 'image web:latest is built',
            order: 'start-first',
          },
        ],
        canaries: [],
        issues: ['apps/shop/lb.cfg.mustache:3:9: "prot" is not known'],
        waiting: ['staging-shop-db-1 is starting'],
      },
      { name: 'blog', steps: [], canaries: [], issues: [], waiting: [] },
    ],
  };
  const { stdout, status } = await run('plan', 'staging');
  t.is(
    stdout,
    `staging at 4f0c2a9: 2 steps

shop
  build-image         web:latest          web-1  images/web/Dockerfile changed
  recreate-container  staging-shop-web-1  web-1  image web:latest is built (start-first)
  issue: apps/shop/lb.cfg.mustache:3:9: "prot" is not known
  waiting: staging-shop-db-1 is starting
`,
  );
  t.is(status, 0);
});

test.serial('plan --detailed-exitcode tells nothing to do, changes and issues apart', async (t) => {
  const { run, memory } = await door(t);
  const statusWith = async (app: object) => {
    memory.plan = { ...memory.plan, apps: [{ name: 'shop', steps: [], canaries: [], issues: [], waiting: [], ...app }] };
    return (await run('plan', 'staging', '--detailed-exitcode')).status;
  };
  t.is(await statusWith({}), 0);
  t.is(await statusWith({ steps: [{ kind: 'push-config', name: 'c', host: 'web-1', reason: 'changed' }] }), 2);
  t.is(await statusWith({ issues: ['wrong'] }), 1);
});

test.serial('a plan that waits for something is not said to have nothing to do', async (t) => {
  const { run, memory } = await door(t);
  const planned = async (app: object) => {
    memory.plan = { ...memory.plan, apps: [{ name: 'shop', steps: [], canaries: [], issues: [], waiting: [], ...app }] };
    return (await run('plan', 'staging')).stdout.replace(/ at [0-9a-f]{7}/, '');
  };
  t.is(await planned({}), 'staging: nothing to do\n');
  t.is(
    await planned({ waiting: ['service web has nowhere to run'] }),
    'staging: nothing can be done yet\n\nshop\n  waiting: service web has nowhere to run\n',
  );
});

test.serial('render prints each file under its container and target', async (t) => {
  const { run, memory } = await door(t);
  t.is((await run('render', 'staging/shop/web')).stdout, '==> staging-shop-web-1:/etc/nginx/nginx.conf 0644\nlisten 8080;\n');
  t.deepEqual(memory.asked, ['render staging shop web']);
});

test.serial('diff prints each change once with the containers it is for', async (t) => {
  const { run, memory } = await door(t);
  const diff = '--- installed\n+++ desired\n@@ -1 +1 @@\n-listen 80;\n+listen 8080;\n';
  memory.diff = {
    ...memory.diff,
    files: [{ containers: ['staging-shop-web-1', 'staging-shop-web-2'], target: '/etc/nginx/nginx.conf', diff }],
  };
  t.is((await run('diff', 'staging')).stdout, `==> /etc/nginx/nginx.conf in staging-shop-web-1, staging-shop-web-2\n${diff}`);
});

test.serial('nothing that differs is said on stderr', async (t) => {
  const { run } = await door(t);
  t.deepEqual(await run('diff', 'staging'), { status: 0, stdout: '', stderr: 'no config file differs\n' });
});

test.serial('hosts, hook and token print what they are asked for', async (t) => {
  const { run } = await door(t);
  t.is(
    (await run('hosts')).stdout,
    `HOST   STATE  ADDRESS   CPUS  MEMORY   CONTAINERS  ENGINE    LABELS    LAST SEEN
web-1  ready  10.0.0.5  2     4.0 GiB  1           20.10.24  role=web  2026-08-20 10:00:05Z
`,
  );
  t.true((await run('hook', 'show')).stdout.includes('http://127.0.0.1:8420/hooks/config'));
  t.is((await run('token')).stdout, 'the-admin-token-of-this-test\n');
});

test.serial('freeze and unfreeze change the environment', async (t) => {
  const { run, memory } = await door(t);
  t.is((await run('freeze', 'staging', '--yes')).status, 0);
  t.true(memory.frozen);
  t.is((await run('unfreeze', 'staging')).status, 0);
  t.false(memory.frozen);
});

test.serial('logs prints what the containers wrote', async (t) => {
  const { run, memory } = await door(t);
  t.deepEqual(await run('logs', 'staging/shop/web', '--tail', '5'), { status: 0, stdout: 'one\ntwo\n', stderr: '' });
  t.deepEqual(memory.asked, ['logs shop/web follow=false tail=5']);
});

test.serial('Ctrl-C ends a followed log, on both sides', async (t) => {
  const { start, memory } = await door(t);
  const running = start('logs', 'staging/shop/web', '-f');
  await running.says('one\n');
  running.child.kill('SIGINT');
  t.is((await running.ended).status, 130);
  while (!memory.asked.includes('logs ended')) await new Promise((resolve) => setTimeout(resolve, 5));
});

test.serial('--json is one versioned document for every command that reads', async (t) => {
  const { run } = await door(t);
  const commands = ['status', 'history', 'show d-1', 'plan staging', 'diff staging', 'render staging', 'hosts', 'hook show', 'token'];
  for (const command of [...commands, 'logs staging/shop/web', 'deploy staging --no-wait', 'deploy staging', 'freeze staging']) {
    const { stdout, status } = await run(...command.split(' '), '--json');
    t.is(JSON.parse(stdout).apiVersion, 'windlass/v1', command);
    t.is(status, 0, command);
  }
});

test.serial('there is no colour without a terminal, whatever else asks for it', async (t) => {
  const { run } = await door(t, { FORCE_COLOR: '1', TERM: 'xterm-256color' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that starts a colour
  for (const command of [['status'], ['show', 'd-1'], ['plan', 'staging']]) t.notRegex((await run(...command)).stdout, /\u001b/);
});
