import test from 'ava';
import { checksSince, healthDeadlineMs, whatBroke } from '../../src/configpush/watch.ts';
import type { ContainerInspect } from '../../src/docker/engine.ts';

const state = { Running: true, Restarting: false, ExitCode: 0, OOMKilled: false, StartedAt: 't0' };
const inspect = (changes: object = {}, restarts = 0): ContainerInspect =>
  ({ RestartCount: restarts, State: { ...state, ...changes } }) as unknown as ContainerInspect;
const health = (status: string, output = '') => ({ Health: { Status: status, Log: [{ Output: output }] } });

function breaks(title: string, now: ContainerInspect | undefined, words: RegExp, before = inspect()): void {
  test(`${title} is noticed`, (t) => t.regex(whatBroke(before, now) ?? '', words));
}

breaks('a removed container', undefined, /removed/);
breaks('a dead process', inspect({ Running: false, ExitCode: 129 }), /exit status 129$/);
breaks('a process killed for its memory', inspect({ Running: false, ExitCode: 137, OOMKilled: true }), /out of memory/);
breaks('a loop of restarts', inspect({ Restarting: true, ExitCode: 1 }), /started again/);
breaks('a restart by policy', inspect({ StartedAt: 't1' }, 1), /started again/);
breaks('a start by somebody else', inspect({ StartedAt: 't1' }), /started anew/);
breaks('lost health', inspect(health('unhealthy', 'no answer\n')), /unhealthy: no answer$/, inspect(health('healthy')));

for (const [title, before, now] of [
  ['the same process', inspect(), inspect()],
  ['one that is as unhealthy as before', inspect(health('unhealthy')), inspect(health('unhealthy'))],
  ['one whose health is not known yet', inspect(health('starting')), inspect(health('starting'))],
] as const) {
  test(`${title} is well`, (t) => t.is(whatBroke(before, now), undefined));
}

test('a healthcheck has a deadline, none has none', (t) => {
  const config = (Healthcheck?: object) => ({ Config: { Healthcheck } }) as unknown as ContainerInspect;
  t.is(healthDeadlineMs(config()), undefined);
  t.is(healthDeadlineMs(config({ Test: ['NONE'] })), undefined);
  t.is(healthDeadlineMs(config({ Test: ['CMD', 'x'], Interval: 1e9, Timeout: 2e9, Retries: 1, StartPeriod: 5e9 })), 11_000);
  t.is(healthDeadlineMs(config({ Test: ['CMD', 'x'] })), 240_000);
});

test('of healthchecks those count that began after the first look, and one that passed is enough', (t) => {
  const at = (second: number, ExitCode: number) => ({ Start: `2026-01-01T00:00:0${second}.5+01:00`, End: '', ExitCode, Output: '' });
  const looked = (...Log: readonly unknown[]) => ({ State: { Health: { Status: 'healthy', Log } } }) as unknown as ContainerInspect;
  const first = looked(at(1, 0), at(2, 0));
  t.is(checksSince(first, first), 'none');
  t.is(checksSince(first, looked(at(2, 0), at(3, 1))), 'failed');
  t.is(checksSince(first, looked(at(2, 0), at(3, 1), at(4, 0), at(5, 1))), 'passed');
  t.is(checksSince(looked(), looked(at(1, 1))), 'failed');
});
