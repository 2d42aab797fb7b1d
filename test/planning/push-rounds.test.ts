import test from 'ava';
import fc from 'fast-check';
import type { PushConfigStep } from '../../src/model/step.ts';
import { type DuePush, longestHold, pushRounds } from '../../src/planning/push-rounds.ts';
import { aPush } from '../support/a-push.ts';

const push = (service: string, index: number): DuePush => ({ service, step: aPush(`staging-shop-${service}-${index}`) });
const names = (pushes: readonly { readonly step: PushConfigStep }[]) => pushes.map(({ step }) => step.name.replace('staging-shop-', ''));
const update = { order: 'start-first', monitorMs: 0, parallelism: 1, delayMs: 0, maxFailureRatio: 0, failureAction: 'rollback' } as const;

test('each service keeps its own pace, side by side with the others', (t) => {
  const pushes = [push('web', 1), push('web', 2), push('web', 3), push('lb', 1), push('db', 1), push('db', 2)];
  const services = [
    { name: 'web', update: { ...update, parallelism: 2, delayMs: 5 } },
    { name: 'lb', update },
    { name: 'db', update: { ...update, parallelism: 0, delayMs: 9 } },
  ];
  const rounds = pushRounds(pushes, services);
  t.deepEqual(
    rounds.map((round) => names(round.pushes)),
    [['web-1', 'web-2', 'lb-1', 'db-1', 'db-2'], ['web-3']],
  );
  t.deepEqual(
    rounds.map(({ delayMs }) => delayMs),
    [9, 5],
  );
});

test('every push is in one round, in order, and none is larger than the pace allows', (t) => {
  const shapes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 })), { maxLength: 30 });
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 5 }), (shape, parallelism) => {
      const pushes = shape.map(([service], at) => push(service, at));
      const rounds = pushRounds(
        pushes,
        ['a', 'b', 'c'].map((name) => ({ name, update: { ...update, parallelism } })),
      );
      for (const service of ['a', 'b', 'c']) {
        const of = (all: readonly DuePush[]) => all.filter((one) => one.service === service).map(({ step }) => step.name);
        t.deepEqual(
          rounds.flatMap((round) => of(round.pushes)),
          of(pushes),
        );
        for (const round of rounds) t.true(of(round.pushes).length <= parallelism);
      }
    }),
  );
  t.pass();
});

test('accepted files are held as long as the host with most of them stages, and through the pauses, within bounds', (t) => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => push('web', index + 1));
  const paces = [{ name: 'web', update: { ...update, delayMs: 10_000 } }];
  t.is(longestHold(many(1), [], paces), 50_250);
  t.is(longestHold(many(3), [], paces), 70_750, 'two pauses');
  t.is(
    longestHold(
      many(1),
      many(99).map(({ step }) => step),
      paces,
    ),
    75_000,
    'those that stage beside them count',
  );
  t.is(longestHold(many(1000), [], paces), 300_000);
});
