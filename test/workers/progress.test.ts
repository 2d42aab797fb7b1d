import test from 'ava';
import type { Step, StepResult } from '../../src/model/step.ts';
import { undecided } from '../../src/planning/decide.ts';
import type { Plan } from '../../src/planning/plan.ts';
import { afterWave, beginning } from '../../src/workers/progress.ts';
import { service } from '../support/builders.ts';

const step = (kind: Step['kind'], name = 'staging-shop-web-1') => ({ kind, name, host: 'one', reason: 'files' }) as unknown as Step;
const push = step('push-config');
const well: StepResult = { ok: true, ms: 1 };
const failed = (code: string): StepResult => ({ ok: false, ms: 1, error: { code, message: 'it broke' } }) as StepResult;
const planOf = (failureAction: 'rollback' | 'pause' | 'continue' = 'rollback'): Plan => {
  const { name, replicas, update } = service({ replicas: 2 });
  const difference = { kind: 'push-config', name: push.name, host: 'one', service: 'web', step: push, reason: 'files' };
  return {
    ...undecided.plan,
    differences: [difference] as unknown as Plan['differences'],
    paces: [{ name, replicas, update: { ...update, failureAction } }],
  };
};
const after = (result: StepResult, { plan = planOf(), before = beginning(0), of = push } = {}) =>
  afterWave(before, [{ step: of, result }], plan);

test('a wave that went well has touched and been accepted, a build neither', (t) => {
  t.like(after(well), { interrupted: false, ending: undefined, progress: { touched: true, accepted: true } });
  t.like(after(well, { of: step('build-image', 'web') }), { progress: { touched: false, accepted: false } });
});

test('a failure ends the run as its service wants it, or is put up with', (t) => {
  t.deepEqual(after(failed('check')).ending, { kind: 'failed', message: 'staging-shop-web-1: it broke' });
  t.like(after(failed('check'), { plan: planOf('pause') }).ending, { kind: 'failed', stays: true });
  const on = after(failed('check'), { plan: planOf('continue') });
  t.is(on.ending, undefined);
  t.deepEqual(on.progress.failures, [{ name: push.name, service: 'web', message: 'staging-shop-web-1: it broke' }]);
});

test('a fenced step ends the run whatever else failed', (t) => {
  t.deepEqual(after(failed('fenced')).ending, { kind: 'fenced' });
});

test('a step whose agent went away is planned again, thirty times at most', (t) => {
  let progress = beginning(0);
  for (let time = 1; time <= 30; time++) {
    const next = after(failed('host-lost'), { before: progress });
    t.true(next.interrupted);
    progress = next.progress;
  }
  t.like(after(failed('host-lost'), { before: progress }).ending, { message: 'staging-shop-web-1: it broke: interrupted 31 times' });
});

test('what was let go of after others went on is no interruption, what nobody did is one', (t) => {
  const released: StepResult = { ok: true, ms: 1, released: true };
  const other = step('push-config', 'staging-shop-web-2');
  t.true(after(released).interrupted);
  t.false(
    afterWave(
      beginning(0),
      [
        { step: push, result: released },
        { step: other, result: well },
      ],
      planOf(),
    ).interrupted,
  );
});
