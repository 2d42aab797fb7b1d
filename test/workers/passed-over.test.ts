import test from 'ava';
import { WindlassError } from '../../src/errors.ts';
import type { Service } from '../../src/model/application.ts';
import { commitOf, createWorld, refused } from './deploy-world.ts';

const manual: Partial<Service> = { replicas: 3, canary: { containers: { count: 1 }, pauseMs: 'manual' } };

/** A canary of `b` stands before `a`, and `c` is newer: it waits for approval, or has failed. */
async function canaryBefore(what: 'waiting' | 'failed') {
  let broken = false;
  const world = createWorld(({ kind }) => (broken && kind === 'push-config' ? refused : undefined), { web: manual });
  world.push('a');
  await world.run();
  if (what === 'waiting') world.requireApproval();
  world.push('b');
  await world.run();
  if (what === 'waiting') {
    world.approve();
    await world.run('manual');
  }
  world.push('c');
  broken = what === 'failed';
  await world.run();
  broken = false;
  return world;
}

test('a canary is taken back though something newer waits for approval, which goes on waiting', async (t) => {
  const world = await canaryBefore('waiting');
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  t.like(world.state(), { state: 'held', wanted: commitOf('c') }, 'what is newer does not hide that a canary stands');
  world.abort();
  t.deepEqual(await world.run('rollback'), ['push-config staging-shop-web-1']);
  t.deepEqual(world.installed(), ['a', 'a', 'a']);
  t.like(world.state(), { state: 'awaiting-approval', deployed: commitOf('a'), wanted: commitOf('c'), part: undefined });
  t.like(world.records().at(-1), { trigger: 'rollback', state: 'succeeded', commit: commitOf('a') });
  t.is(world.records().at(-2)?.state, 'superseded');
  for (const trigger of ['poll', 'discovery', 'push'] as const) t.deepEqual(await world.run(trigger), [], trigger);
  world.approve();
  await world.run('manual');
  t.deepEqual(world.installed(), ['c', 'a', 'a']);
});

test('a canary is taken back though something newer has failed, which is not tried again', async (t) => {
  const world = await canaryBefore('failed');
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  world.abort();
  t.deepEqual(await world.run('rollback'), ['push-config staging-shop-web-1']);
  t.deepEqual(world.installed(), ['a', 'a', 'a']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a'), failed: { commit: commitOf('c') }, part: undefined });
  t.regex(world.state()?.message ?? '', /nginx refused/);
});

test('a rollback that a push overtakes takes the canary back all the same, also after a crash', async (t) => {
  const world = await canaryBefore('waiting');
  world.rollback();
  world.push('d');
  const { removePin } = world.context.controls;
  Object.assign(world.context.controls, { removePin: async () => Promise.reject(new Error('killed here')) });
  await t.throwsAsync(world.run('rollback'));
  Object.assign(world.context.controls, { removePin });
  await world.run('discovery');
  t.deepEqual(world.installed(), ['a', 'a', 'a']);
  t.like(world.state(), { state: 'awaiting-approval', wanted: commitOf('d') });
});

test('a canary goes on when a person says so, and nothing newer that has failed is tried again for it', async (t) => {
  const world = await canaryBefore('failed');
  world.continueCanary();
  t.deepEqual(await world.run('poll'), ['push-config staging-shop-web-2', 'push-config staging-shop-web-3']);
  t.deepEqual(world.installed(), ['b', 'b', 'b']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('b'), failed: { commit: commitOf('c') }, part: undefined });
});

test('what was pushed while an approved canary stood is looked at when that has ended', async (t) => {
  const world = await canaryBefore('waiting');
  world.continueCanary();
  await world.run('poll');
  t.deepEqual(world.installed(), ['b', 'b', 'b']);
  t.like(world.state(), { state: 'awaiting-approval', deployed: commitOf('b'), wanted: commitOf('c') });
});

test('a canary from before approvals were required goes on too when a person says so', async (t) => {
  const world = createWorld(undefined, { web: manual });
  world.push('a');
  await world.run();
  world.push('b');
  await world.run();
  world.requireApproval();
  world.push('c');
  await world.run();
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  world.continueCanary();
  await world.run('poll');
  t.deepEqual(world.installed(), ['b', 'b', 'b']);
  t.like(world.state(), { state: 'awaiting-approval', deployed: commitOf('b'), wanted: commitOf('c'), part: undefined });
  t.is(world.controls().continued, undefined);
});

test('a run that something newer has passed over says nothing of what held it', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.lose();
  world.push('b');
  const { hosts } = world.context;
  Object.assign(world.context, {
    hosts: async () => {
      world.push('c');
      return hosts();
    },
  });
  const before = world.state();
  await world.run();
  t.not(before?.state, 'held');
  t.not(world.state()?.state, 'held');
  Object.assign(world.context, { hosts });
  await world.run();
  t.like(world.state(), { state: 'held', wanted: commitOf('c') });
});

test('nor does one of what it was to try again', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  const { hosts } = world.context;
  const failing = (pushes: boolean) =>
    Object.assign(world.context, {
      hosts: async () => {
        if (pushes) world.push('c');
        throw new WindlassError('redis', 'Redis is away', { permanent: false });
      },
    });
  world.push('b');
  failing(true);
  await t.throwsAsync(world.run());
  t.like(world.state(), { state: 'deploying', message: '' });
  failing(false);
  await t.throwsAsync(world.run());
  t.like(world.state(), { state: 'deploying', message: 'Redis is away' });
  Object.assign(world.context, { hosts });
  await world.run();
  t.like(world.state(), { state: 'deployed', deployed: commitOf('c') });
});

test('a failed revision is not tried again because a host was away meanwhile, and its reason is not forgotten', async (t) => {
  let broken = false;
  const world = createWorld(({ kind }) => (broken && kind === 'push-config' ? refused : undefined));
  world.push('a');
  await world.run();
  world.push('b');
  broken = true;
  await world.run();
  broken = false;
  world.spoil('staging-shop-web-1');
  world.lose();
  await world.run('discovery');
  t.like(world.state(), { state: 'held', message: 'waiting for one: its agent does not answer' });
  world.join('one');
  await world.run('discovery');
  t.deepEqual(world.installed(), ['a', 'a']);
  t.like(world.state(), { state: 'failed', failed: { commit: commitOf('b') } });
  t.regex(world.state()?.message ?? '', /nginx refused/);
  await world.run('manual');
  t.deepEqual(world.installed(), ['b', 'b']);
});
