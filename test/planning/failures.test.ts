import test from 'ava';
import type { UpdatePolicy } from '../../src/model/application.ts';
import { callFor } from '../../src/planning/failures.ts';

const update: UpdatePolicy = {
  order: 'start-first',
  parallelism: 1,
  delayMs: 0,
  monitorMs: 0,
  maxFailureRatio: 0,
  failureAction: 'rollback',
};

function calls(title: string, failed: number, policy: Partial<UpdatePolicy>, expected: 'rollback' | 'pause' | undefined) {
  test(title, (t) => {
    const failures = Array.from({ length: failed }, (_, index) => ({ name: `staging-shop-web-${index}`, service: 'web' }));
    t.is(callFor(failures, [{ name: 'web', replicas: 10, update: { ...update, ...policy } }]), expected);
  });
}

calls('without a failure there is nothing to do about it', 0, {}, undefined);
calls('no failure is put up with unless it is said', 1, {}, 'rollback');
calls('a share of failures is put up with', 2, { maxFailureRatio: 0.2 }, undefined);
calls('one more than the share is not', 3, { maxFailureRatio: 0.2 }, 'rollback');
calls('who goes on puts up with all', 10, { failureAction: 'continue' }, undefined);
calls('who pauses stops at the first', 1, { failureAction: 'pause' }, 'pause');

test('an image that cannot be built is put up with by nobody', (t) => {
  const paces = [{ name: 'web', replicas: 10, update: { ...update, failureAction: 'continue' as const } }];
  t.is(callFor([{ name: 'web:latest', service: undefined }], paces), 'rollback');
});

test('a container that fails twice is one failure', (t) => {
  const twice = [1, 2].map(() => ({ name: 'staging-shop-web-1', service: 'web' }));
  t.is(callFor(twice, [{ name: 'web', replicas: 10, update: { ...update, maxFailureRatio: 0.1 } }]), undefined);
});
