import test from 'ava';
import fc from 'fast-check';
import { commitOf, createWorld, refused } from './deploy-world.ts';

/** `a` is deployed; others were deployed alone, and `b` came in with that. */
async function left(web: Parameters<typeof createWorld>[1] = {}) {
  const world = createWorld(undefined, web);
  world.push('a');
  await world.run();
  world.leave();
  world.push('b');
  return world;
}

test('an application that others were deployed without stays where it is, whatever is pushed and happens', async (t) => {
  const world = await left();
  for (const trigger of ['push', 'poll', 'discovery', 'manual'] as const) t.deepEqual(await world.run(trigger), [], trigger);
  t.like(world.state(), { state: 'held', deployed: commitOf('a'), wanted: commitOf('b') });
  t.is(
    world.state()?.message,
    'nothing newer reaches it since alice deployed blog alone at t0; windlass deploy staging --app shop takes it along',
  );
  world.push('c');
  t.deepEqual(await world.run('push'), []);
  world.stop('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), ['recreate-container staging-shop-web-1'], 'it is kept in line');
  t.deepEqual(world.installed(), ['a', 'a']);
  world.leave(false);
  await world.run('manual');
  t.deepEqual(world.installed(), ['c', 'c']);
  t.like(world.state(), { state: 'deployed', message: '' });
});

test('where nothing newer has come there is nothing to say of it', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.leave();
  await world.run('poll');
  t.like(world.state(), { state: 'deployed', message: '' });
});

test('a deployment under way is not cut short by others being deployed alone', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.push('b');
  world.onStep.act = () => {
    world.leave();
    world.push('c');
    world.onStep.act = () => {};
  };
  await world.run();
  t.deepEqual(world.installed(), ['b', 'b']);
  t.deepEqual(await world.run('push'), []);
  t.like(world.state(), { state: 'held', deployed: commitOf('b'), wanted: commitOf('c') });
});

test('a canary of what was newest then goes on, or back', async (t) => {
  for (const decision of ['continueCanary', 'abort'] as const) {
    const world = createWorld(undefined, { web: { replicas: 3, canary: { containers: { count: 1 }, pauseMs: 'manual' } } });
    world.push('a');
    await world.run();
    world.push('b');
    await world.run();
    world.leave();
    world.push('c');
    t.deepEqual(await world.run(), []);
    t.deepEqual(world.installed(), ['b', 'a', 'a']);
    world[decision]();
    await world.run(decision === 'abort' ? 'rollback' : 'poll');
    const last = decision === 'abort' ? 'a' : 'b';
    t.deepEqual(world.installed(), [last, last, last]);
    t.is(world.state()?.state, 'held');
  }
});

test('it can be rolled back, and what it went back from does not come again until it is taken along', async (t) => {
  const world = createWorld();
  for (const content of ['a', 'b']) {
    world.push(content);
    await world.run();
  }
  world.leave();
  world.push('c');
  await world.run();
  world.rollback();
  await world.run('rollback');
  t.deepEqual(world.installed(), ['a', 'a']);
  for (const trigger of ['push', 'poll', 'manual'] as const) t.deepEqual(await world.run(trigger), [], trigger);
  world.leave(false);
  await world.run('manual');
  t.deepEqual(world.installed(), ['c', 'c']);
});

test('whatever is pushed, frozen, approved and stopped meanwhile, nothing newer reaches what was left, and all of it afterwards', async (t) => {
  const happening = fc.constantFrom(
    'push c',
    'push d',
    'freeze',
    'unfreeze',
    'stop',
    'approve',
    'guard',
    'run push',
    'run poll',
    'run manual',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 12 }), async (happenings) => {
      const world = await left();
      for (const one of happenings) {
        const [what, which = ''] = one.split(' ');
        if (what === 'push') world.push(which);
        else if (what === 'run') await world.run(which as 'push');
        else if (what === 'freeze' || what === 'unfreeze') world.freeze(what === 'freeze');
        else if (what === 'approve') world.approve();
        else if (what === 'guard') world.requireApproval();
        else world.stop('staging-shop-web-2');
        t.deepEqual(world.installed(), ['a', 'a']);
      }
      world.freeze(false);
      world.leave(false);
      await world.run('manual');
      if (world.state()?.state === 'awaiting-approval') world.approve();
      await world.run('manual');
      t.deepEqual(world.installed(), [world.newest(), world.newest()]);
    }),
    { numRuns: 60 },
  );
});

test('what has failed before others were deployed alone is not tried again by that', async (t) => {
  let broken = true;
  const world = createWorld((step) => (broken && step.kind === 'push-config' ? refused : undefined));
  world.push('a');
  await world.run();
  world.push('b');
  await world.run();
  broken = false;
  world.leave();
  world.push('c');
  for (const trigger of ['poll', 'discovery'] as const) t.deepEqual(await world.run(trigger), [], trigger);
  t.like(world.state(), { state: 'failed', failed: { commit: commitOf('b') } });
});
