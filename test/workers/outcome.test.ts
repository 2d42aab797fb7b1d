import test from 'ava';
import type { DeploymentRecord } from '../../src/model/deployment.ts';
import type { Step, StepResult } from '../../src/model/step.ts';
import { failureMessage, successMessage } from '../../src/workers/outcome.ts';

const failed = (name: string, message: string, output?: string): { step: Step; result: StepResult } => ({
  step: { name } as Step,
  result: { ok: false, ms: 1, error: { code: 'refused', message, ...(output === undefined ? {} : { output }) } },
});

const says = (title: string, failures: readonly ReturnType<typeof failed>[], expected: string) =>
  test(title, (t) => t.is(failureMessage(failures), expected));

says('a failure is named', [failed('web-1', 'no shell')], 'web-1: no shell');
says(
  'a message that names its container needs no name before it',
  [failed('web-1', 'nginx refused the new files for web-1 (exit status 1)', '[warn] old\n[emerg] unknown directive')],
  'nginx refused the new files for web-1 (exit status 1): [emerg] unknown directive',
);
says('a candidate is its container', [failed('web-1', 'container web-1.next is unhealthy')], 'container web-1.next is unhealthy');
says(
  'an image is named with its tag',
  [failed('acme/base:1', 'build image acme/base:1: exit code: 7')],
  'build image acme/base:1: exit code: 7',
);
says('web-1 is not web-10', [failed('web-1', 'web-10 has no shell')], 'web-1: web-10 has no shell');
says(
  'a message that quotes the output quotes it once',
  [failed('web-1', 'container web-1 is unhealthy: its healthcheck ended with 1: no database', 'no database\nup')],
  'container web-1 is unhealthy: its healthcheck ended with 1: no database',
);
says('of several failures the first is told and the others are counted', [failed('a', 'x'), failed('b', 'y')], 'a: x (and 1 more)');

const step = (kind: string, name: string) =>
  ({ kind, name, host: 'one', reason: '', state: 'succeeded' }) as DeploymentRecord['steps'][number];
const ran = (start: number, end: number, ...steps: DeploymentRecord['steps']) => ({
  startedAt: new Date(start * 1000).toISOString(),
  finishedAt: new Date(end * 1000).toISOString(),
  steps,
});

test('a success says how long at least one deployment ran, whatever lies between them', (t) => {
  const web = ran(0, 3, step('recreate-container', 'web-1'));
  t.is(successMessage([web]), 'deployed 1 container in 3.0 s: 1 recreated');
  t.is(successMessage([ran(2, 5, step('push-config', 'db-1')), web]), 'deployed 2 containers in 5.0 s: 1 recreated, 1 hot-pushed');
  t.is(successMessage([ran(1, 2, step('push-config', 'db-1')), web]), 'deployed 2 containers in 3.0 s: 1 recreated, 1 hot-pushed');
  t.is(
    successMessage([ran(172_800, 172_803, step('push-config', 'db-1')), web]),
    'deployed 2 containers in 6.0 s: 1 recreated, 1 hot-pushed',
  );
  t.is(successMessage([ran(0, 3)]), 'nothing to do');
});
