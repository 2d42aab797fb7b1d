import test from 'ava';
import type { Step, StepResult } from '../../src/model/step.ts';
import { failureMessage } from '../../src/workers/outcome.ts';

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
