import test from 'ava';
import fc from 'fast-check';
import { WindlassError } from '../../src/errors.ts';
import type { Trigger } from '../../src/model/deployment.ts';
import type { Step } from '../../src/model/step.ts';
import { commitOf, createWorld, refused } from './deploy-world.ts';

const everyOtherTrigger = ['push', 'poll', 'drift', 'discovery', 'manual'] as const satisfies readonly Trigger[];

/** A world with `a` deployed, in which new revisions wait for a person. */
async function guarded(fails?: (step: Step) => typeof refused | undefined) {
  const world = createWorld(fails);
  world.push('a');
  await world.run();
  world.requireApproval();
  return world;
}

test('a push to a guarded environment touches nothing until its plan is approved', async (t) => {
  const world = await guarded();
  world.push('b');
  for (const trigger of everyOtherTrigger) t.deepEqual(await world.run(trigger), [], trigger);
  t.like(world.state(), {
    state: 'awaiting-approval',
    deployed: commitOf('a'),
    wanted: commitOf('b'),
    message: 'waits for approval: windlass approve staging',
  });
  t.is(world.records().length, 1, 'history has no entry for what waits');
  world.approve();
  t.is((await world.run('manual')).length, 2);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('b'), message: '' });
  t.is(world.controls().approval, undefined, 'an approval is for one deployment');
});

test('a first deployment waits for approval too', async (t) => {
  const world = createWorld();
  world.requireApproval();
  world.push('a');
  t.deepEqual(await world.run(), []);
  t.is(world.state()?.state, 'awaiting-approval');
  world.approve();
  t.is((await world.run('manual')).length, 2);
});

test('while a revision waits, what is deployed is kept in line', async (t) => {
  const world = await guarded();
  world.push('b');
  await world.run();
  world.stop('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), ['recreate-container staging-shop-web-1']);
  t.deepEqual(world.installed(), ['a', 'a']);
  t.is(world.state()?.state, 'awaiting-approval');
  t.like(world.records().at(-1), { commit: commitOf('a'), state: 'succeeded' });
});

test('a newer push makes an approval void and says so, also when it is taken back', async (t) => {
  const world = await guarded();
  world.push('b');
  await world.run();
  world.approve();
  world.push('c');
  t.deepEqual(await world.run(), []);
  t.regex(world.state()?.message ?? '', /the approval by alice at \S+ is void: it was for b000000, and something newer was pushed/);
  world.push('b');
  t.deepEqual(await world.run(), [], 'a void approval never counts again');
});

test('a plan that has become another one makes an approval void', async (t) => {
  const world = await guarded();
  world.push('b');
  await world.run();
  world.approve();
  world.stop('staging-shop-web-1');
  t.deepEqual(await world.run('manual'), ['recreate-container staging-shop-web-1'], 'only what is deployed is mended');
  t.deepEqual(world.installed(), ['a', 'a']);
  t.regex(world.state()?.message ?? '', /is void: what would be done is not what was approved/);
});

test('what windlass.yaml says of the hosts waits for approval like a push', async (t) => {
  const world = await guarded();
  world.push('b');
  world.approve();
  await world.run('manual');
  world.requireApproval('r2');
  world.stop('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), ['recreate-container staging-shop-web-1'], 'mended under the declarations that were approved');
  t.is(world.state()?.state, 'awaiting-approval');
  await world.run('discovery');
  t.is(world.state()?.state, 'deployed', 'nothing is left to do under the new ones');
});

test('an approved deployment that a crash cut short goes on without being asked again', async (t) => {
  const world = await guarded();
  world.push('b');
  await world.run();
  world.approve();
  let left = 2;
  world.onStep.act = () => {
    if (--left === 0) throw new WindlassError('redis', 'killed here', { permanent: false });
  };
  await world.run('manual').catch(() => {});
  world.onStep.act = () => {};
  world.push('c');
  await world.run('poll');
  t.deepEqual(world.installed(), ['b', 'b'], 'what has begun is brought to its end');
  await world.run('push');
  t.like(world.state(), { state: 'awaiting-approval', deployed: commitOf('b'), wanted: commitOf('c') });
});

test('an approval is used up by an attempt that fails', async (t) => {
  let bad = true;
  const world = await guarded((step) => (bad && step.kind === 'push-config' ? refused : undefined));
  world.push('b');
  world.approve();
  await world.run('manual');
  t.is(world.state()?.state, 'failed');
  bad = false;
  t.deepEqual(await world.run('manual'), []);
  t.is(world.state()?.state, 'awaiting-approval');
});

test('a revision that changes nothing needs nobody', async (t) => {
  const world = await guarded();
  world.push('a0');
  await world.run();
  t.like(world.state(), { state: 'deployed', deployed: commitOf('a0') });
});

test('after a rollback the commit that was left is not deployed again by anything but a newer one', async (t) => {
  const world = createWorld();
  for (const content of ['a', 'b']) {
    world.push(content);
    await world.run();
  }
  t.is(world.rollback(), commitOf('a'));
  await world.run('rollback');
  t.like(world.records().at(-1), { trigger: 'rollback', state: 'succeeded', commit: commitOf('a'), restores: 'd0' });
  for (const trigger of everyOtherTrigger) t.deepEqual(await world.run(trigger), [], trigger);
  t.deepEqual(world.installed(), ['a', 'a']);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('a'), wanted: commitOf('b') });
  t.regex(world.state()?.message ?? '', /^rolled back from b000000 by alice at \S+; waits for a newer commit$/);
  world.push('c');
  await world.run();
  t.deepEqual(world.installed(), ['c', 'c']);
  t.is(world.controls().pin, undefined);
  world.push('b');
  await world.run();
  t.deepEqual(world.installed(), ['b', 'b'], 'pushed again, it is newer than what was pushed before');
});

test('rolling back twice goes one further back, and what was rolled back to is a deployment like any other', async (t) => {
  const world = createWorld();
  for (const content of ['a', 'b', 'c']) {
    world.push(content);
    await world.run();
  }
  t.is(world.rollback(), commitOf('b'));
  await world.run('rollback');
  t.is(world.rollback(), commitOf('a'));
  await world.run('rollback');
  t.deepEqual(world.installed(), ['a', 'a']);
  t.throws(() => world.rollback(), { code: 'conflict', message: /no earlier deployment of staging\/shop/ });
  world.push('d');
  await world.run();
  t.is(world.rollback(), commitOf('a'), 'before d it was at a, by a rollback');
});

test('a rollback while a deployment runs ends that one and goes back to what was deployed', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.push('b');
  let once = true;
  world.onStep.act = () => {
    if (once) t.is(world.rollback(), commitOf('a'));
    once = false;
  };
  await world.run();
  // Both files went out in one wave: the run was over before it could look again.
  await world.run('rollback');
  t.deepEqual(world.installed(), ['a', 'a']);
});

test('a rollback that fails leaves what was deployed before it', async (t) => {
  const world = createWorld((step) =>
    step.kind === 'push-config' && step.reason !== '' && world.controls().pin && step.name.endsWith('2') && !back ? refused : undefined,
  );
  let back = false;
  for (const content of ['a', 'b']) {
    world.push(content);
    await world.run();
  }
  world.rollback();
  await world.run('rollback');
  back = true;
  t.like(world.state(), { state: 'failed', deployed: commitOf('b') });
  t.deepEqual(world.installed(), ['b', 'b']);
  t.deepEqual(await world.run('discovery'), [], 'not tried again by itself');
});

test('under a freeze files follow what is deployed, and nothing else is done', async (t) => {
  const world = createWorld();
  world.push('a');
  await world.run();
  world.push('b');
  await world.run();
  world.freeze(true);
  world.stop('staging-shop-web-1');
  world.push('c');
  for (const trigger of ['push', 'discovery', 'manual', 'drift'] as const) t.deepEqual(await world.run(trigger), [], trigger);
  t.like(world.state(), { state: 'held', deployed: commitOf('b'), wanted: commitOf('c') });
  world.spoil('staging-shop-web-2');
  t.deepEqual(await world.run('discovery'), ['push-config staging-shop-web-2'], 'a load balancer must follow');
  world.freeze(false);
  await world.run('manual');
  t.deepEqual(world.installed(), ['c', 'c']);
});

test('whoever asks for what is under way finds it, until it has ended', async (t) => {
  const world = createWorld();
  const { underWay } = world.context;
  world.push('a');
  const seen: (string | undefined)[] = [];
  world.onStep.act = () => seen.push(underWay.get('staging/shop')?.commit);
  await world.run();
  t.deepEqual(seen, [commitOf('a'), commitOf('a')]);
  t.is(underWay.get('staging/shop'), undefined);
  world.stop('staging-shop-web-1');
  seen.length = 0;
  await world.run('discovery');
  t.deepEqual(seen, [undefined], 'keeping in line is not what somebody would wait for');
});

test('a failed revision keeps the one before it in line', async (t) => {
  let bad = true;
  const world = createWorld((step) => (bad && step.kind === 'push-config' ? refused : undefined));
  world.push('a');
  await world.run();
  world.push('b');
  await world.run();
  bad = false;
  world.stop('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), ['recreate-container staging-shop-web-1']);
  t.like(world.state(), { state: 'failed', deployed: commitOf('a') });
});

test('whatever is pushed, approved, rolled back, frozen and cut short in whatever order, it ends as the last words say', async (t) => {
  const act = fc.oneof(
    fc.record({ do: fc.constant('push' as const), content: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ do: fc.constantFrom('approve', 'rollback', 'freeze', 'unfreeze', 'stop', 'crash') }),
    fc.record({ do: fc.constant('run' as const), trigger: fc.constantFrom<Trigger>('push', 'poll', 'discovery', 'manual', 'drift') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(act, { maxLength: 14 }), async (approvals, acts) => {
      const world = await (approvals
        ? guarded()
        : (async () => {
            const open = createWorld();
            open.push('a');
            await open.run();
            return open;
          })());
      for (const one of acts) {
        if (one.do === 'push') world.push(one.content);
        else if (one.do === 'approve' && approvals) world.approve();
        else if (one.do === 'rollback') {
          try {
            world.rollback();
          } catch (error) {
            t.true(error instanceof WindlassError, String(error));
          }
        } else if (one.do === 'freeze' || one.do === 'unfreeze') world.freeze(one.do === 'freeze');
        else if (one.do === 'stop') world.stop('staging-shop-web-1');
        else if (one.do === 'run') await world.run(one.trigger);
        else {
          world.onStep.act = () => {
            throw new WindlassError('redis', 'killed here', { permanent: false });
          };
          await world.run('push').catch(() => {});
          world.onStep.act = () => {};
        }
      }
      // At last: unfrozen, and asked. Twice, for a deployment that had begun is brought to its end first.
      world.freeze(false);
      await world.run('manual');
      await world.run('manual');
      const pin = world.controls().pin;
      if (approvals && !pin && world.state()?.state === 'awaiting-approval') {
        t.not(world.installed().join(), `${world.newest()},${world.newest()}`, 'what waits is not there');
        world.approve();
        await world.run('manual');
      }
      const last = pin ? pin.revision.commit.replace(/0+$/, '') : world.newest();
      t.deepEqual(world.installed(), [last, last]);
      t.like(world.state(), { state: 'deployed', deployed: commitOf(last) });
      t.is(world.records().filter(({ state }) => state === 'running').length, 0);
    }),
    { numRuns: 150 },
  );
});
