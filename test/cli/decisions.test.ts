import test from 'ava';
import { commit, earlier } from '../api/memory.ts';
import { door } from './windlass.ts';

const step = { kind: 'push-config', name: 'staging-shop-web-1', host: 'web-1', reason: 'nginx.conf changed' } as const;
const digest = 'd'.repeat(64);
const waiting = { name: 'shop', digest, approval: null, steps: [step], canaries: [], issues: [], waiting: [] };

test.serial('approve shows the plan and the diff, and agrees to that very plan', async (t) => {
  const { run, memory } = await door(t);
  memory.waiting = [waiting];
  memory.diff = { ...memory.diff, files: [{ containers: ['staging-shop-web-1'], target: '/etc/nginx/nginx.conf', diff: '-old\n+new\n' }] };
  const { status, stdout, stderr } = await run('approve', 'staging', '--yes');
  t.is(status, 0, stderr);
  t.regex(stderr, /push-config {2}staging-shop-web-1 {2}web-1 {2}nginx\.conf changed/);
  t.regex(stderr, /^\+new$/m);
  t.is(stdout, 'staging/shop deployed at 4f0c2a9\n');
  t.true(memory.asked.includes(`approve staging {"shop":"${digest}"}`));
});

test.serial('approve says whose approval became void, and that images are built beforehand', async (t) => {
  const { run, memory } = await door(t);
  const build = { kind: 'build-image', name: 'web:latest', host: 'web-1', reason: 'not built yet' } as const;
  const approval = { by: 'alice', at: '2026-08-20T10:00:00Z', void: 'it was for 91be33f, and something newer was pushed' };
  memory.waiting = [{ ...waiting, steps: [build, step], approval }];
  const { stderr } = await run('approve', 'staging', '--no-wait');
  t.regex(stderr, /shop: the approval by alice at 2026-08-20T10:00:00Z is void: it was for 91be33f/);
  t.regex(stderr, /Images are built beforehand; nothing else is touched until it is approved/);
});

test.serial('where nothing waits, approve says so and is done', async (t) => {
  const { run, memory } = await door(t);
  const { status, stderr } = await run('approve', 'staging');
  t.is(status, 0);
  t.is(stderr, 'windlass: nothing of staging waits for approval\n');
  t.false(memory.asked.some((one) => one.startsWith('approve')));
});

test.serial('what has issues cannot be approved', async (t) => {
  const { run, memory } = await door(t);
  memory.waiting = [{ ...waiting, issues: ['apps/shop/compose.yaml:1:1: wrong'] }];
  const { status, stderr } = await run('approve', 'staging', '--yes');
  t.is(status, 1);
  t.regex(stderr, /shop cannot be approved while there are issues/);
});

test.serial('rollback shows what it would do, and goes back to what it showed', async (t) => {
  const { run, memory } = await door(t);
  memory.rollback = [
    { name: 'shop', steps: [step], canaries: [], issues: [], waiting: [], from: commit, deployment: 'd-1', commit: earlier },
  ];
  const { status, stderr } = await run('rollback', 'staging', '--app', 'shop', '--to', 'd-1', '--yes');
  t.is(status, 0, stderr);
  t.regex(stderr, /^staging\/shop from 4f0c2a9 back to 91be33f \(deployment d-1\)$/m);
  t.deepEqual(
    memory.asked.filter((one) => one.startsWith('rollback')),
    ['rollback plan staging shop d-1', 'rollback staging {"shop":"d-1"}'],
  );
});

test.serial('freeze takes an application and a reason', async (t) => {
  const { run, memory } = await door(t);
  const { stdout } = await run('freeze', 'staging', '--app', 'shop', 'until', 'the', 'sale', 'is', 'over');
  t.is(stdout, 'staging/shop is frozen: pushes are remembered, nothing new is deployed\n');
  t.true(memory.asked.includes('freeze staging shop until the sale is over'));
});
