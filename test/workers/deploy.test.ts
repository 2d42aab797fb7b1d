import test from 'ava';
import fc from 'fast-check';
import { WindlassError } from '../../src/errors.ts';
import type { Trigger } from '../../src/model/deployment.ts';
import { undecided } from '../../src/planning/decide.ts';
import { deploy } from '../../src/workers/deploy.ts';
import { commitOf, createWorld, refused } from './deploy-world.ts';

test('the first revision is deployed and recorded, a second run of it does nothing and leaves no entry', async (t) => {
  const world = createWorld();
  world.push('a');
  t.deepEqual(await world.run(), ['recreate-container staging-shop-web-1', 'recreate-container staging-shop-web-2']);
  t.is(world.state()?.deployed, commitOf('a'));
  t.deepEqual(await world.run(), []);
  t.deepEqual(
    world.records().map(({ state }) => state),
    ['succeeded'],
  );
});

test('a refusal everywhere changes nothing: failed, with the reason, and what was deployed stays deployed', async (t) => {
  const world = createWorld((step) => (step.kind === 'push-config' ? { ...refused, code: 'check' } : undefined));
  world.push('a');
  await world.run();
  world.push('b');
  t.deepEqual(await world.run(), ['push-config staging-shop-web-1 failed', 'push-config staging-shop-web-2 failed']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a'), wanted: commitOf('b') });
  t.is(world.records().at(-1)?.state, 'failed');
  t.regex(world.records().at(-1)?.message ?? '', /staging-shop-web-1: nginx refused the new files \(and 1 more\)/);
});

test('where one container refuses what another has taken, the other is brought back', async (t) => {
  let bad = true;
  const world = createWorld((step) => (bad && step.kind === 'push-config' && step.name.endsWith('2') ? refused : undefined));
  world.push('a');
  await world.run();
  world.push('b');
  t.deepEqual(await world.run(), [
    'push-config staging-shop-web-1',
    'push-config staging-shop-web-2 failed',
    'push-config staging-shop-web-1',
  ]);
  t.deepEqual(world.installed(), ['a', 'a']);
  t.is(world.records().at(-1)?.state, 'rolled-back');
  bad = false;
});

test('what a push could not take back itself is taken back by the deployed revision', async (t) => {
  let bad = true;
  const world = createWorld((step) => {
    if (!bad || step.kind !== 'push-config') return undefined;
    bad = !step.name.endsWith('2');
    world.spoil(step.name);
    return { code: 'verify', message: 'reload.sh ended with exit status 4; the old files are back, but it ended so again' };
  });
  world.push('a');
  await world.run();
  world.push('b');
  await world.run();
  t.deepEqual(world.installed(), ['a', 'a']);
  t.is(world.records().at(-1)?.state, 'rolled-back');
});

test('what could not be taken back of a deployed revision is not called taken back', async (t) => {
  let bad = false;
  const world = createWorld((step) => (bad && step.kind === 'push-config' ? { code: 'verify', message: 'it does not answer' } : undefined));
  world.push('a');
  await world.run();
  bad = true;
  world.spoil('staging-shop-web-1');
  await world.run();
  t.is(world.records().at(-1)?.state, 'failed');
});

test('a failed revision is not tried again by discovery, but by a push', async (t) => {
  let bad = true;
  const world = createWorld((step) => (bad && step.kind === 'push-config' ? refused : undefined));
  world.push('a');
  await world.run();
  world.push('b');
  await world.run();
  bad = false;
  t.deepEqual(await world.run('discovery'), []);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a'), wanted: commitOf('b') });
  t.deepEqual(await world.run('push'), ['push-config staging-shop-web-1', 'push-config staging-shop-web-2']);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('b'), failed: undefined });
  bad = true;
  world.push('c');
  await world.run();
  bad = false;
  world.push('d');
  await world.run();
  t.like(world.state(), { state: 'deployed', deployed: commitOf('d'), failed: undefined }, 'the next one is not blamed for it');
});

test('a first revision that failed is not tried again by its own containers, but by a push or a person', async (t) => {
  let bad = true;
  const world = createWorld(() => (bad ? refused : undefined));
  world.push('a');
  await world.run();
  t.deepEqual(await world.run('discovery'), []);
  t.is(world.records().length, 1);
  t.like(world.state(), { state: 'failed', deployed: undefined, wanted: commitOf('a') });
  bad = false;
  await world.run('manual');
  t.like(world.state(), { state: 'deployed', deployed: commitOf('a') });
});

test('a first revision that failed is tried again when an agent reminds of what is not loaded', async (t) => {
  let bad = true;
  const world = createWorld(() => (bad ? refused : undefined));
  world.push('a');
  await world.run();
  bad = false;
  t.deepEqual(await world.run('discovery'), []);
  t.is((await world.run('discovery', { again: true })).length, 2);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('a') });
});

test('a newer push ends the run of an older one', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.push('b');
  world.onStep.act = () => world.push('c');
  await world.run();
  t.is(world.records().at(-1)?.state, 'superseded');
  world.onStep.act = () => {};
  await world.run();
  t.deepEqual(world.installed(), ['c', 'c']);
  t.is(world.state()?.deployed, commitOf('c'));
});

test('a frozen environment is held', async (t) => {
  const world = createWorld();
  world.push('a');
  world.freeze(true);
  t.deepEqual(await world.run(), []);
  t.like(world.state(), { state: 'held', message: 'frozen by alice since 2026-01-01T00:00:00Z: release day' });
});

test('a deployment waits for a lost host, and says for which', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.push('b');
  world.lose();
  t.deepEqual(await world.run(), []);
  t.like(world.state(), { state: 'held', deployed: commitOf('a') });
  t.regex(world.state()?.message ?? '', /waiting for one/);
});

test('what discovery finds to fail in the same way again and again is in the history once', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  const decide = async () => {
    throw new WindlassError('repository', 'a formula throws');
  };
  const context = { ...world.context, revisions: { ...world.context.revisions, decide } };
  const run = async (trigger: Trigger) => {
    await deploy({ environment: 'staging', app: 'shop', trigger }, context, new AbortController().signal);
    return world.records().map(({ state }) => state);
  };
  t.deepEqual(await run('discovery'), ['succeeded', 'failed']);
  t.deepEqual(await run('discovery'), ['succeeded', 'failed']);
  t.deepEqual(await run('manual'), ['succeeded', 'failed', 'failed']);
});

test("a tool's output is masked wherever it is kept", async (t) => {
  const world = createWorld(() => ({ code: 'refused', message: 'refused password hunter2', output: 'line with hunter2' }));
  world.push('a');
  await world.run();
  t.false(JSON.stringify([world.records(), world.state()]).includes('hunter2'));
});

test('a run cut short anywhere is taken up again and ends in the same state and the same history entry', async (t) => {
  for (let steps = 1; steps <= 4; steps++) {
    const world = createWorld();
    world.push('a');
    await world.run();
    world.push('b');
    let left = steps;
    world.onStep.act = () => {
      if (--left === 0) throw new WindlassError('redis', 'killed here', { permanent: false });
    };
    await world.run().catch(() => {});
    world.onStep.act = () => {};
    await world.run();
    t.deepEqual(world.installed(), ['b', 'b'], `cut at step ${steps}`);
    t.is(world.state()?.deployed, commitOf('b'));
    t.is(world.records().filter(({ state }) => state === 'running').length, 0);
  }
});

test('what a step that was cut short has changed, nobody knows how far, is taken back when the revision fails afterwards', async (t) => {
  let refuses = false;
  const world = createWorld((step) => (refuses && step.kind === 'push-config' ? refused : undefined));
  world.push('a');
  await world.run();
  world.push('b');
  world.onStep.act = ({ name }) => {
    world.spoil(name);
    throw new WindlassError('redis', 'killed here', { permanent: false });
  };
  await world.run().catch(() => {});
  refuses = true;
  world.onStep.act = () => {
    refuses = false;
  };
  await world.run();
  t.deepEqual(world.installed(), ['a', 'a']);
  t.is(world.records().at(-1)?.state, 'rolled-back');
});

test('a step that was cut short and had changed nothing leaves nothing to take back', async (t) => {
  const world = createWorld((step) => (step.kind === 'push-config' ? { ...refused, code: 'check' } : undefined));
  world.push('a');
  await world.run();
  world.push('b');
  world.onStep.act = () => {
    throw new WindlassError('redis', 'killed here', { permanent: false });
  };
  await world.run().catch(() => {});
  world.onStep.act = () => {};
  t.deepEqual(await world.run(), ['push-config staging-shop-web-1 failed', 'push-config staging-shop-web-2 failed']);
  t.is(world.records().at(-1)?.state, 'failed');
});

test('whatever the order and number of deliveries, the last pushed revision ends up deployed', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          content: fc.constantFrom('a', 'b', 'c', 'd'),
          trigger: fc.constantFrom<Trigger>('push', 'poll', 'discovery', 'manual'),
          deliveries: fc.nat(3),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      async (pushes) => {
        const world = createWorld();
        for (const { content, trigger, deliveries } of pushes) {
          world.push(content);
          for (let n = 0; n < deliveries; n++) await world.run(trigger);
        }
        await world.run('poll');
        const last = pushes.at(-1)?.content ?? '';
        t.deepEqual(world.installed(), [last, last]);
        t.like(world.state(), { state: 'deployed', deployed: commitOf(last) });
      },
    ),
    { numRuns: 60 },
  );
});

test('what is always pulled is pulled for a new revision and for a person, before anything else, and by nobody else', async (t) => {
  const world = createWorld(undefined, { web: { image: { kind: 'external', reference: 'acme/web:1' }, pullPolicy: 'always' } });
  world.push('a');
  t.deepEqual(await world.run(), ['recreate-container staging-shop-web-1', 'recreate-container staging-shop-web-2']);
  world.push('b');
  t.is((await world.run()).at(0), 'pull acme/web:1 on one');
  t.deepEqual(await world.run('discovery'), []);
  t.deepEqual(await world.run('manual'), ['pull acme/web:1 on one']);
});

test('a revision that failed before anything was done is told once, however often windlass starts', async (t) => {
  const world = createWorld();
  world.push('a');
  Object.assign(world.context.revisions, {
    decide: async () => ({ ...undecided, issues: [{ file: 'a', line: 1, column: 1, message: 'no' }] }),
  });
  await world.run();
  await world.run('poll');
  t.is(world.records().length, 1);
  await world.run('manual');
  t.is(world.records().length, 2, 'a person has asked for it');
});
