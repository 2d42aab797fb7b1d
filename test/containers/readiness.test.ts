import test from 'ava';
import fc from 'fast-check';
import { healthDeadlineMs, readinessOf } from '../../src/containers/readiness.ts';
import { anInspection } from './a-container.ts';

const healthcheck = { Test: ['CMD', 'true'], Interval: 1e9, Timeout: 1e9, Retries: 2 };
const health = (Status: string, Output = '') => ({
  Health: { Status, FailingStreak: 0, Log: [{ Start: '', End: '', ExitCode: 1, Output }] },
});
const exited = (ExitCode: number) => ({ Status: 'exited', Running: false, ExitCode });

type Case = { readonly watchedMs?: number; readonly mayFinish?: boolean } & Parameters<typeof anInspection>[0];

const judged = test.macro((t, { watchedMs = 0, mayFinish = false, ...over }: Case, wanted: string) => {
  const readiness = readinessOf(anInspection(over), { watchedMs, mayFinish, monitorMs: 1000, restarts: 0 });
  t.is(readiness.kind === 'failed' ? [readiness.reason, readiness.output].filter(Boolean).join(' | ') : readiness.kind, wanted);
});

test('without a healthcheck: waits while the time is not up', judged, { watchedMs: 999 }, 'waiting');
test('without a healthcheck: ready when it has stayed up', judged, { watchedMs: 1000 }, 'ready');
test('a healthcheck NONE is none', judged, { watchedMs: 1000, healthcheck: { Test: ['NONE'] } }, 'ready');
test('exited is failed', judged, { state: exited(0) }, 'exited with 0');
test('out of memory is named', judged, { state: { ...exited(137), OOMKilled: true } }, 'exited with 137: out of memory');
test('restarting is failed', judged, { state: { Restarting: true, ExitCode: 3 } }, 'exited with 3 and is being restarted');
test('restarted between two looks is failed', judged, { restartCount: 1, watchedMs: 5000 }, 'exited and was restarted');
test('starting waits past the monitor time', judged, { healthcheck, state: health('starting'), watchedMs: 5000 }, 'waiting');
test('a health that is not there yet waits', judged, { healthcheck, watchedMs: 5000 }, 'waiting');
test('healthy is ready at once', judged, { healthcheck, state: health('healthy') }, 'ready');
test(
  'unhealthy says why',
  judged,
  { healthcheck, state: health('unhealthy', 'no route\n') },
  'is unhealthy: its healthcheck ended with 1: no route | no route',
);
test(
  'no verdict by the deadline',
  judged,
  { healthcheck, state: health('starting'), watchedMs: 36_001 },
  'was not healthy within 36 s: its healthcheck ended with 1 and said nothing',
);
test(
  'of a healthcheck that says much the last line counts',
  judged,
  { healthcheck, state: health('unhealthy', '% Total\n100\ncurl: (7) refused\n') },
  'is unhealthy: its healthcheck ended with 1: curl: (7) refused | % Total\n100\ncurl: (7) refused',
);
test('healthy but restarted is failed', judged, { healthcheck, state: health('healthy'), restartCount: 1 }, 'exited and was restarted');
test('one that may finish is ready when it has', judged, { mayFinish: true, state: exited(0) }, 'ready');
test('one that may finish must end with 0', judged, { mayFinish: true, state: exited(1) }, 'exited with 1');
test('one that is always restarted may not finish', judged, { mayFinish: true, restart: 'always', state: exited(0) }, 'exited with 0');
test('a paused one is waited for', judged, { state: { Paused: true }, watchedMs: 5000 }, 'waiting');
test('but not for ever', judged, { state: { Paused: true }, watchedMs: 31_001 }, 'is paused');

test('the deadline is start period, all retries and one more, and half a minute', (t) => {
  t.is(healthDeadlineMs({ Test: ['CMD', 'x'], StartPeriod: 7e9, Interval: 2e9, Timeout: 3e9, Retries: 4 }), 7000 + 5 * 5000 + 30_000);
});

test('what a healthcheck leaves open counts as the engine’s default', (t) => {
  t.is(healthDeadlineMs({ Test: ['CMD', 'x'] }), 4 * 60_000 + 30_000);
});

test('nothing that does not run is ever ready to take over', (t) => {
  const states = fc.record({ Running: fc.boolean(), Paused: fc.boolean(), Restarting: fc.boolean(), ExitCode: fc.nat(255) });
  fc.assert(
    fc.property(states, fc.boolean(), fc.nat(100_000), fc.nat(3), (state, checked, watchedMs, restartCount) => {
      const over = { state: { ...state, ...health('healthy') }, restartCount, ...(checked && { healthcheck }) };
      const { kind } = readinessOf(anInspection(over), { watchedMs, mayFinish: false, monitorMs: 1000, restarts: 0 });
      return kind !== 'ready' || (state.Running && !state.Restarting && restartCount === 0);
    }),
  );
  t.pass();
});
