import test from 'ava';
import fc from 'fast-check';
import { deployed, manual, timed } from './canary-world.ts';
import { commitOf, createWorld, refused } from './deploy-world.ts';

test('what runs for the first time has no canary', async (t) => {
  const world = createWorld(undefined, { web: manual });
  world.push('a');
  await world.run();
  t.deepEqual(world.installed(), ['a', 'a', 'a']);
  t.like(world.state(), { state: 'deployed', part: undefined });
});

test('a new revision reaches the canary, and the others once a person says so', async (t) => {
  const world = await deployed(manual);
  t.deepEqual(
    (await world.run()).filter((step) => step.endsWith('web-1')),
    ['push-config staging-shop-web-1'],
  );
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  t.like(world.state(), { state: 'held', deployed: commitOf('a'), wanted: commitOf('b') });
  t.regex(world.state()?.message ?? '', /^canary: 1 of 3 containers of web at b000000 since .*windlass canary continue staging --app shop/);
  t.is(world.records().at(-1)?.state, 'running', 'what follows belongs to the same deployment');
  for (const trigger of ['poll', 'discovery', 'push', 'manual'] as const) t.deepEqual(await world.run(trigger), [], trigger);
  world.continueCanary();
  t.deepEqual(await world.run('manual'), ['push-config staging-shop-web-2', 'push-config staging-shop-web-3']);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('b'), part: undefined });
  t.deepEqual(
    world.records().map(({ state }) => state),
    ['succeeded', 'succeeded'],
  );
  t.is(world.controls().continued, undefined);
});

test('a pause is put down to its end and is no work for anybody until then', async (t) => {
  const world = await deployed(timed);
  await world.run();
  t.like(world.state(), { state: 'deploying' });
  t.is(world.state()?.part?.canary?.until, '1970-01-01T00:00:30.000Z');
  await world.run('discovery');
  t.deepEqual(new Set(world.pauses()), new Set(['1970-01-01T00:00:30.000Z']), 'it does not begin again');
});

test('without a pause the others follow a canary at once', async (t) => {
  const world = await deployed({ ...timed, canary: { containers: { count: 1 }, pauseMs: 0 } });
  t.deepEqual(
    await world.run(),
    [1, 2, 3].map((index) => `push-config staging-shop-web-${index}`),
  );
  t.deepEqual(world.pauses(), []);
});

test('all that will be reached accept the files before the canary swaps', async (t) => {
  const world = await deployed(manual, (step) =>
    step.name.endsWith('3') && step.kind === 'push-config' ? { ...refused, code: 'check' } : undefined,
  );
  await world.run();
  t.deepEqual(world.installed(), ['a', 'a', 'a']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a') });
  t.regex(world.state()?.message ?? '', /staging-shop-web-3: nginx refused/);
});

test('while a canary stands the others are kept as they were', async (t) => {
  const world = await deployed(manual);
  await world.run();
  world.spoil('staging-shop-web-3');
  t.deepEqual(await world.run('discovery'), ['push-config staging-shop-web-3']);
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  world.spoil('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), ['push-config staging-shop-web-1']);
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  world.stop('staging-shop-web-2');
  t.deepEqual(await world.run('discovery'), ['recreate-container staging-shop-web-2']);
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  t.like(world.state(), { state: 'held', deployed: commitOf('a') });
});

test('a freeze leaves a canary and the others as they are', async (t) => {
  const world = await deployed(manual);
  await world.run();
  world.freeze(true);
  world.spoil('staging-shop-web-3');
  world.spoil('staging-shop-web-1');
  await world.run('discovery');
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  t.like(world.state(), { state: 'held', message: 'frozen by alice since 2026-01-01T00:00:00Z: release day' });
  world.freeze(false);
  t.deepEqual(await world.run('manual'), []);
  t.regex(world.state()?.message ?? '', /^canary: 1 of 3/);
  t.is(world.records().at(-1)?.state, 'running');
});

test('a newer push takes the place of a canary that stands', async (t) => {
  const world = await deployed(manual);
  await world.run();
  world.push('c');
  await world.run();
  t.deepEqual(world.installed(), ['c', 'a', 'a']);
  t.deepEqual(
    world.records().map(({ state }) => state),
    ['succeeded', 'superseded', 'running'],
  );
});

test('a rollback takes a canary back to what is deployed', async (t) => {
  const world = await deployed(manual);
  await world.run();
  t.is(world.rollback(), commitOf('a'));
  await world.run('rollback');
  t.deepEqual(world.installed(), ['a', 'a', 'a']);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('a'), part: undefined });
  t.is(world.records().find(({ state }) => state === 'superseded')?.message, 'rolled back meanwhile');
  world.push('c');
  await world.run();
  t.deepEqual(world.installed(), ['c', 'a', 'a']);
});

test('a failure behind the canary takes the canary back too', async (t) => {
  let broken = false;
  const world = await deployed(manual, (step) => (broken && step.name.endsWith('3') ? refused : undefined));
  await world.run();
  broken = true;
  world.continueCanary();
  await world.run('manual');
  broken = false;
  t.deepEqual(world.installed().slice(0, 2), ['a', 'a']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a'), part: undefined });
  t.is(world.records().at(-1)?.state, 'rolled-back');
  await world.run('manual');
  t.deepEqual(world.installed(), ['b', 'a', 'a'], 'the next attempt has its canary again');
});

test('a limit holds against everything but a person, and takes nothing back', async (t) => {
  const world = await deployed({ replicas: 3 });
  world.limit({ services: [], containers: ['staging-shop-web-2'] });
  t.deepEqual(await world.run('manual'), ['push-config staging-shop-web-2']);
  t.deepEqual(world.installed(), ['a', 'b', 'a']);
  t.like(world.state(), { state: 'held', deployed: commitOf('a'), wanted: commitOf('b') });
  t.regex(world.state()?.message ?? '', /^limited to staging-shop-web-2, which is at b000000; windlass deploy staging --app shop takes/);
  t.like(world.records().at(-1), { state: 'succeeded', limit: { services: [], containers: ['staging-shop-web-2'] } });
  world.push('c');
  for (const trigger of ['push', 'poll', 'discovery'] as const) await world.run(trigger);
  t.deepEqual(world.installed(), ['a', 'c', 'a']);
  world.spoil('staging-shop-web-3');
  await world.run('discovery');
  t.deepEqual(world.installed(), ['a', 'c', 'a']);
  world.limit();
  await world.run('manual');
  t.deepEqual(world.installed(), ['c', 'c', 'c']);
  t.like(world.state(), { state: 'deployed', part: undefined });
});

test('who takes a limit off takes nothing back, also where a canary comes first', async (t) => {
  const world = await deployed(manual);
  world.limit({ services: [], containers: ['staging-shop-web-3'] });
  t.deepEqual(await world.run('manual'), ['push-config staging-shop-web-3'], 'a container that is named has no canary');
  world.limit();
  t.deepEqual(await world.run('manual'), ['push-config staging-shop-web-1']);
  t.deepEqual(world.installed(), ['b', 'a', 'b']);
  world.continueCanary();
  t.deepEqual(await world.run('manual'), ['push-config staging-shop-web-2']);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('b') });
});

test('whatever happens while a canary stands, the others keep what is deployed until it is let go on', async (t) => {
  const events = fc.constantFrom('poll', 'discovery', 'manual', 'spoil 1', 'spoil 2', 'spoil 3', 'freeze', 'unfreeze', 'push', 'stop 3');
  await fc.assert(
    fc.asyncProperty(fc.array(events, { maxLength: 12 }), async (happenings) => {
      const world = await deployed(manual);
      await world.run();
      let newest = 'b';
      for (const event of happenings) {
        const [what, index] = event.split(' ');
        if (what === 'spoil') world.spoil(`staging-shop-web-${index}`);
        else if (what === 'stop') world.stop(`staging-shop-web-${index}`);
        else if (what === 'freeze' || what === 'unfreeze') world.freeze(what === 'freeze');
        else if (what === 'push') {
          newest = newest === 'b' ? 'c' : 'b';
          world.push(newest);
        }
        await world.run(what === 'poll' || what === 'push' ? what : 'discovery');
      }
      world.freeze(false);
      await world.run('manual');
      t.deepEqual(world.installed(), [newest, 'a', 'a']);
      t.is(world.records().filter(({ state }) => state === 'running').length, 1);
      world.continueCanary();
      await world.run('manual');
      t.deepEqual(world.installed(), [newest, newest, newest]);
      t.like(world.state(), { state: 'deployed', part: undefined });
    }),
    { numRuns: 60 },
  );
});

test('an approved canary is brought to its end before anything newer is asked about', async (t) => {
  const world = await deployed(manual);
  world.requireApproval();
  t.deepEqual(await world.run(), []);
  t.is(world.state()?.state, 'awaiting-approval');
  world.approve();
  await world.run('manual');
  t.deepEqual(world.installed(), ['b', 'a', 'a']);
  t.regex(world.state()?.message ?? '', /^canary: 1 of 3/);
  world.push('c');
  await world.run();
  t.deepEqual(world.installed(), ['b', 'a', 'a'], 'what is newer waits');
  world.continueCanary();
  await world.run('manual');
  t.deepEqual(world.installed(), ['b', 'b', 'b']);
  await world.run('push');
  t.is(world.state()?.state, 'awaiting-approval');
});

test('whoever approves a limited deployment approves all of the plan, and nothing more is asked when the limit is taken off', async (t) => {
  const world = await deployed({ replicas: 2 });
  world.requireApproval();
  world.limit({ services: [], containers: ['staging-shop-web-1'] });
  await world.run('manual');
  world.approve();
  await world.run('manual');
  t.deepEqual(world.installed(), ['b', 'a']);
  world.limit();
  await world.run('manual');
  t.deepEqual(world.installed(), ['b', 'b']);
  t.is(world.state()?.state, 'deployed');
});

test('a host that is lost while a canary stands holds the others, in the same entry of the history', async (t) => {
  const world = createWorld(undefined, { web: { ...manual, replicas: 2 } });
  world.join('two');
  world.push('a');
  await world.run();
  world.push('b');
  await world.run();
  world.lose('two');
  await world.run('discovery');
  t.regex(world.state()?.message ?? '', /^canary: 1 of 2/, 'whoever waits anyway is not waited for');
  world.continueCanary();
  await world.run('manual');
  t.like(world.state(), { state: 'held', message: 'waiting for two: its agent does not answer' });
  t.deepEqual(world.installed(), ['b', 'a']);
  t.is(world.records().at(-1)?.state, 'running');
  world.join('two');
  await world.run('discovery');
  t.deepEqual(world.installed(), ['b', 'b']);
  t.deepEqual(
    world.records().map(({ state }) => state),
    ['succeeded', 'succeeded'],
  );
});

test('a container that a person deploys to beside a canary is written down as what it was limited to', async (t) => {
  const world = await deployed(manual);
  await world.run();
  const limit = { services: [], containers: ['staging-shop-web-3'] };
  world.limit(limit);
  await world.run('manual');
  t.deepEqual(world.installed(), ['b', 'a', 'b']);
  t.like(world.records().at(-1), { state: 'succeeded', limit });
  world.rollback();
  await world.run('rollback');
  t.deepEqual(world.installed(), ['a', 'a', 'a'], 'a rollback goes to what all of it was at');
});

test('while a canary stands or a limit holds, only a person has pulled again what is always pulled', async (t) => {
  const image = { image: { kind: 'external', reference: 'acme/web:1' }, pullPolicy: 'always' } as const;
  for (const limited of [false, true]) {
    const world = await deployed({ ...(limited ? { replicas: 3 } : timed), ...image });
    if (limited) world.limit({ services: [], containers: ['staging-shop-web-1'] });
    t.is((await world.run()).at(0), 'pull acme/web:1 on one');
    t.deepEqual(world.installed(), ['b', 'a', 'a']);
    for (const trigger of ['discovery', 'poll', 'push'] as const) t.deepEqual(await world.run(trigger), [], trigger);
    t.deepEqual(await world.run('manual'), ['pull acme/web:1 on one']);
    world.push('c');
    t.false((await world.run('discovery')).includes('pull acme/web:1 on one'));
  }
});
