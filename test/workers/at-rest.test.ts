import test from 'ava';
import { undecided } from '../../src/planning/decide.ts';
import type { Difference } from '../../src/planning/difference.ts';
import type { Plan } from '../../src/planning/plan.ts';
import { type AtRest, atRest } from '../../src/workers/at-rest.ts';
import { environment } from '../support/builders.ts';

/** What an empty wave of this plan means, a minute into the run unless a test says otherwise. */
const restOf = (plan: Partial<Plan>, over: Partial<Omit<AtRest, 'plan'>> = {}) =>
  atRest({
    aim: { environment },
    absence: undefined,
    progress: { failures: [], waitingSince: 0, silentSince: undefined },
    now: 60_000,
    ...over,
    plan: { ...undecided.plan, ...plan },
  });
const ended = (plan: Partial<Plan>, over: Partial<Omit<AtRest, 'plan'>> = {}) => {
  const rest = restOf(plan, over);
  return rest.kind === 'end' ? rest.outcome : rest;
};
const due = { kind: 'build-image', name: 'web', host: 'one', reason: 'missing', service: undefined } as unknown as Difference;
const canaries = [{ service: 'web', containers: ['staging-shop-web-1'], of: 2, pauseMs: 0 }] as unknown as Plan['canaries'];
const skipping = { environment: { ...environment, onLostHost: 'skip' as const } };

test('nothing left to do is the end', (t) => {
  t.deepEqual(ended({}), { kind: 'done', without: [] });
  t.deepEqual(ended({ withheld: [due] }), { kind: 'limited' });
});

test('what only time can mend is waited for as long as there is patience', (t) => {
  const waiting = { waiting: ['staging-shop-web-1 is starting'], patienceMs: 60_000 };
  t.deepEqual(restOf(waiting), { kind: 'wait' });
  t.deepEqual(ended(waiting, { now: 60_001 }), { kind: 'failed', message: 'staging-shop-web-1 is starting' });
});

test('a lost host holds, unless its environment passes over it and nothing else is due', (t) => {
  const message = 'waiting for one: its agent does not answer';
  t.deepEqual(ended({ lost: ['one'] }), { kind: 'held', message });
  t.deepEqual(ended({ lost: ['one'] }, { aim: skipping }), { kind: 'done', without: ['one'] });
  t.deepEqual(ended({ lost: ['one'], differences: [due] }, { aim: skipping }), { kind: 'held', message });
  t.deepEqual(ended({}, { absence: { kind: 'lost', hosts: ['one'] } }), { kind: 'held', message, untouched: true });
});

test('an agent that says nothing is waited for, and the run is tried again later', (t) => {
  const silent = {
    absence: { kind: 'silent', hosts: ['one', 'two'] },
    progress: { failures: [], waitingSince: 0, silentSince: 10_000 },
  } as const;
  t.deepEqual(restOf({}, { ...silent, now: 40_000 }), { kind: 'wait' });
  t.deepEqual(restOf({}, { ...silent, now: 40_001 }), {
    kind: 'unanswered',
    message: 'waiting for one, two: their agents do not answer',
  });
});

test('a canary ends the run, unless there is no pause behind it or the pause is over', (t) => {
  const manual = canaries.map((one) => ({ ...one, pauseMs: 'manual' as const }));
  t.deepEqual(ended({ canaries: manual, withheld: [due] }), { kind: 'paused', canaries: manual });
  t.deepEqual(restOf({ canaries: manual, withheld: [due] }, { aim: { environment, pauseOver: true } }), { kind: 'follow' });
  t.deepEqual(restOf({ canaries, withheld: [due] }), { kind: 'follow' });
});

test('a guard holds whatever else would be the end', (t) => {
  const guarded = ['haproxy.cfg of lb is kept'];
  t.deepEqual(ended({ guarded, canaries }), { kind: 'held', message: 'haproxy.cfg of lb is kept' });
  t.deepEqual(ended({ guarded }, { aim: { environment, only: 'push-config' } }), { kind: 'held', message: 'haproxy.cfg of lb is kept' });
});

test('what nobody is there to build is waited for', (t) => {
  t.deepEqual(ended({ differences: [{ ...due, host: '' }] }), {
    kind: 'held',
    message: 'waiting for a host that can build: no agent answers to build-image web',
  });
});

test('what is due and cannot be done is a failure, and the one that came before it is the one to tell of', (t) => {
  t.deepEqual(ended({ differences: [due] }), {
    kind: 'failed',
    message: 'nothing can be done about build-image web',
  });
  const failures = [{ name: 'staging-shop-web-1', service: 'web', message: 'nginx refused' }];
  const progress = { failures, waitingSince: 0, silentSince: undefined };
  t.deepEqual(ended({ differences: [due] }, { progress }), { kind: 'failed', message: 'nginx refused', stays: true });
});
