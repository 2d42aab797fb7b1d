import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { WindlassError } from '../../src/errors.ts';
import type { Trigger } from '../../src/model/deployment.ts';
import { commitOf, createWorld, refused } from './deploy-world.ts';

test('whatever people say of canaries, limits, approvals, freezes and rollbacks, in whatever order, their last words count', async (t) => {
  const act = fc.oneof(
    fc.record({ do: fc.constant('push' as const), content: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ do: fc.constant('run' as const), trigger: fc.constantFrom<Trigger>('push', 'poll', 'discovery', 'manual', 'rollback') }),
    fc.record({ do: fc.constant('canary' as const), content: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ do: fc.constant('abort' as const), overtaken: fc.boolean() }),
    fc.record({ do: fc.constantFrom('approve', 'rollback', 'continue', 'end pause', 'stop', 'crash', 'break', 'mend') }),
    fc.record({ do: fc.constantFrom('freeze', 'unfreeze', 'limit', 'unlimit', 'leave', 'take along') }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.constantFrom('manual' as const, 30_000),
      fc.array(act, { maxLength: 16 }),
      async (approvals, pauseMs, acts) => {
        let broken = false;
        const world = createWorld((step) => (broken && step.kind === 'push-config' && step.name.endsWith('2') ? refused : undefined), {
          web: { replicas: 3, canary: { containers: { count: 1 }, pauseMs } },
        });
        world.push('a');
        await world.run();
        if (approvals) world.requireApproval();
        const crash = async () => {
          world.onStep.act = () => {
            throw new WindlassError('redis', 'killed here', { permanent: false });
          };
          await world.run('push').catch(() => {});
          world.onStep.act = () => {};
        };
        for (const one of acts) {
          if (one.do === 'push') world.push(one.content);
          else if (one.do === 'canary') await bringOut(world, one.content);
          else if (one.do === 'run') await world.run(one.trigger);
          else if (one.do === 'approve') world.approve();
          else if (one.do === 'rollback') attempt(() => world.rollback());
          else if (one.do === 'abort') await abort(t, world, !broken, one.overtaken);
          else if (one.do === 'continue') world.continueCanary();
          else if (one.do === 'end pause') world.endPause();
          else if (one.do === 'freeze' || one.do === 'unfreeze') world.freeze(one.do === 'freeze');
          else if (one.do === 'limit') world.limit({ services: [], containers: ['staging-shop-web-2'] });
          else if (one.do === 'unlimit') world.limit();
          else if (one.do === 'leave' || one.do === 'take along') world.leave(one.do === 'leave');
          else if (one.do === 'stop') world.stop('staging-shop-web-3');
          else if (one.do === 'crash') await crash();
          else broken = one.do === 'break';
        }
        broken = false;
        world.freeze(false);
        world.limit();
        world.leave(false);
        // What was begun is brought to its end first, and each revision has its approval and its canary.
        for (let turns = 0; turns < 6; turns++) {
          await world.run('manual');
          if (world.state()?.state === 'awaiting-approval') world.approve();
          else if (world.state()?.part?.canary) world.continueCanary();
        }
        const { pin } = world.controls();
        const last = pin ? pin.revision.commit.replace(/0+$/, '') : world.newest();
        t.deepEqual(world.installed(), [last, last, last]);
        t.like(world.state(), { state: 'deployed', deployed: commitOf(last), part: undefined });
        t.is(world.records().filter(({ state }) => state === 'running').length, 0);
      },
    ),
    { numRuns: 60 },
  );
});

/** As far as its canary, where nothing stands before it. */
async function bringOut(world: ReturnType<typeof createWorld>, content: string): Promise<void> {
  world.push(content);
  await world.run();
  if (world.state()?.state === 'awaiting-approval') world.approve();
  await world.run('manual');
}

/** Whatever is newer, and however it fares: nothing stays at the revision that is taken back. */
async function abort(t: ExecutionContext, world: ReturnType<typeof createWorld>, isDone: boolean, overtaken: boolean): Promise<void> {
  if (overtaken) world.push('e');
  if (overtaken) await world.run();
  const { part } = world.state() ?? {};
  if (!part) return;
  world.abort();
  await world.run('rollback');
  if (!isDone || world.controls().freeze) return;
  t.false(world.installed().some((content = '') => commitOf(content) === part.revision.commit));
  t.notDeepEqual(world.state()?.part?.revision, part.revision);
}

function attempt(say: () => unknown): void {
  try {
    say();
  } catch {
    // Nothing stands, or there is nothing to go back to: nothing is said.
  }
}
