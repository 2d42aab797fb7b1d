import test from 'ava';
import type { Service } from '../../src/model/application.ts';
import { service } from '../support/builders.ts';
import { deployed, manual, timed } from './canary-world.ts';
import { commitOf, refused } from './deploy-world.ts';

/** `b` is in some containers, `c` has been refused by one of them. */
async function refusedAfter(web: Partial<Service>, { code, at, limit }: { code: string; at: string; limit?: readonly string[] }) {
  let broken = false;
  const world = await deployed(web, (step) =>
    broken && step.kind === 'push-config' && step.name.endsWith(at) ? { ...refused, code } : undefined,
  );
  if (limit) world.limit({ services: [], containers: limit });
  await world.run('manual');
  world.push('c');
  broken = true;
  await world.run();
  broken = false;
  return world;
}

test('a newer revision that is refused before it changes anything leaves a limit or a canary where it stands', async (t) => {
  const limited = await refusedAfter({ replicas: 3 }, { code: 'check', at: '2', limit: ['staging-shop-web-2'] });
  const paused = await refusedAfter(manual, { code: 'check', at: '1' });
  for (const [world, installed] of [
    [limited, ['a', 'b', 'a']],
    [paused, ['b', 'a', 'a']],
  ] as const) {
    for (const trigger of ['discovery', 'poll', 'discovery'] as const) {
      t.like(world.state(), { state: 'failed', deployed: commitOf('a'), failed: { commit: commitOf('c') } });
      t.regex(world.state()?.message ?? '', /nginx refused/);
      t.is(world.state()?.part?.revision.commit, commitOf('b'));
      t.deepEqual(world.installed(), installed);
      t.deepEqual(await world.run(trigger), [], 'nothing is taken back, and nothing tried again');
    }
  }
});

test('a canary goes on at the end of its pause though something newer was refused meanwhile', async (t) => {
  const world = await refusedAfter(timed, { code: 'check', at: '1' });
  await world.run('discovery');
  world.endPause();
  await world.run('poll');
  t.deepEqual(world.installed(), ['b', 'b', 'b']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('b'), failed: { commit: commitOf('c') }, part: undefined });
});

test('a newer revision that fails behind a change is taken back to what stood there before it', async (t) => {
  const limit = ['staging-shop-web-1', 'staging-shop-web-2'];
  const world = await refusedAfter({ replicas: 3, update: { ...service().update, parallelism: 1 } }, { code: 'verify', at: '2', limit });
  t.deepEqual(world.installed(), ['b', 'b', 'a']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a'), failed: { commit: commitOf('c') } });
  t.is(world.records().at(-1)?.state, 'rolled-back');
});

test('a canary whose way back fails is not kept', async (t) => {
  let broken = false;
  const world = await deployed(manual, () => (broken ? refused : undefined));
  await world.run();
  world.rollback();
  broken = true;
  await world.run('rollback');
  t.like(world.state(), { state: 'failed', part: undefined });
});

test('a limit that was widened to who refused it is not widened again by itself', async (t) => {
  const refusing = { ...refused, code: 'check' };
  const world = await deployed({ replicas: 3 }, ({ kind, name }) => (kind === 'push-config' && name.endsWith('3') ? refusing : undefined));
  world.limit({ services: [], containers: ['staging-shop-web-2'] });
  await world.run('manual');
  world.limit({ services: ['web'], containers: [] });
  await world.run('manual');
  for (const trigger of ['discovery', 'poll', 'discovery'] as const) {
    t.like(world.state(), { state: 'failed', failed: { commit: commitOf('b') } });
    t.deepEqual(await world.run(trigger), []);
  }
});
