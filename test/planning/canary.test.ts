import test from 'ava';
import fc from 'fast-check';
import type { Canary } from '../../src/model/application.ts';
import { canarySize, longestPause } from '../../src/planning/canary.ts';
import { isReached, reachOf } from '../../src/planning/reach.ts';
import { service } from '../support/builders.ts';

const containers = fc.oneof(
  fc.record({ count: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
);

test('a canary is never empty, never more than there is, and a share of it is rounded up', (t) => {
  fc.assert(
    fc.property(containers, fc.integer({ min: 1, max: 1000 }), (said: Canary['containers'], replicas) => {
      const size = canarySize({ containers: said }, replicas);
      t.true(size >= 1 && size <= replicas);
      if ('percent' in said) t.true(size * 100 >= replicas * said.percent && (size - 1) * 100 < replicas * said.percent);
    }),
  );
  t.is(canarySize({ containers: { percent: 10 } }, 20), 2);
});

test('of several pauses the longest counts, and a person longer than any', (t) => {
  const standing = (pauseMs: number | 'manual') => ({ service: 'web', containers: [], of: 3, pauseMs });
  t.is(longestPause([standing(1_000), standing(5_000)]), 5_000);
  t.is(longestPause([standing(1_000), standing('manual')]), 'manual');
  t.is(longestPause([]), 0);
});

const due = (name: string, awaits: readonly string[] = []) => ({
  service: service({
    name,
    dependsOn: awaits.map((other) => ({ service: other, condition: 'service_completed_successfully' as const })),
  }),
  desired: [],
  differences: [],
});

test('a limited service brings the jobs along that it awaits, and those that they await', (t) => {
  const all = [due('seed'), due('migrate', ['seed']), due('web', ['migrate']), due('lb')];
  t.deepEqual(reachOf({ limit: { services: ['web'], containers: [] } }, all, [])?.services.toSorted(), ['migrate', 'seed', 'web']);
  t.is(reachOf({}, all, []), undefined, 'without a limit and a canary it is all of it');
});

test('what one plan reaches another that excepts it does not, but images are for both', (t) => {
  const reach = { services: ['lb'], containers: ['staging-shop-web-1'] };
  const push = (name: string, of: string) => ({ kind: 'push-config', name, host: 'one', reason: '', service: of }) as const;
  for (const [name, of] of [
    ['staging-shop-web-1', 'web'],
    ['staging-shop-web-2', 'web'],
    ['staging-shop-lb-1', 'lb'],
  ] as const)
    t.not(isReached(push(name, of), reach, undefined), isReached(push(name, of), undefined, reach));
  const build = { kind: 'build-image', name: 'web:latest', host: 'one', reason: '' } as const;
  t.true(isReached(build, reach, undefined) && isReached(build, undefined, reach));
});
