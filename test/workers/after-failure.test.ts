import test from 'ava';
import type { ApplicationState } from '../../src/model/deployment.ts';
import { endOfFailure, wayBack } from '../../src/workers/after-failure.ts';
import type { Choice } from '../../src/workers/choose-aim.ts';
import { environment } from '../support/builders.ts';

const at = (digit: string) => ({ commit: digit.repeat(40), sources: {} });
const declared = { environment, root: { environments: [environment], hosts: [], sources: [] } };
const question = (digit: string) => ({ ...declared, revision: at(digit) });
const before: ApplicationState = {
  deployed: at('b').commit,
  deployedSources: {},
  wanted: at('b').commit,
  state: 'deployed',
  message: '',
  deployment: 'd1',
  failed: undefined,
};
const choice: Choice = {
  kind: 'open',
  wanted: at('c'),
  seen: at('c').commit,
  pin: undefined,
  left: undefined,
  aim: question('c'),
  kept: undefined,
};
const run = { before, newest: question('c'), choice };
const part = { revision: at('c'), declared, scope: { limit: { services: ['web'], containers: [] } } };

test('what a failed revision has changed is taken back to what is deployed', (t) => {
  const { to, part: left } = wayBack(run, question('c'), { changed: true });
  t.deepEqual([to?.revision, left], [at('b'), undefined]);
});

test('nothing is taken back where nothing was changed, nothing was deployed before, or a person has said so', (t) => {
  t.is(wayBack(run, question('c'), { changed: false }).to, undefined);
  t.is(wayBack(run, question('c'), { changed: true, stays: true }).to, undefined);
  t.is(wayBack({ ...run, before: undefined }, question('c'), { changed: true }).to, undefined);
});

test('what a limit has brought to the same revision before stays there, and nobody says that it was taken back', (t) => {
  const way = wayBack({ ...run, before: { ...before, part } }, question('c'), { changed: true });
  t.deepEqual([way.to, way.part, way.isThere], [undefined, part, false]);
});

test('what stands at an older revision is gone back to, and stays; the way back to what is deployed leaves none of it', (t) => {
  const older = { ...part, revision: at('d') };
  const standing = { ...run, before: { ...before, part: older } };
  const way = wayBack(standing, question('c'), { changed: true });
  t.deepEqual([way.to?.revision, way.part], [at('d'), older]);
  t.is(wayBack(standing, question('b'), { changed: true }).part, undefined);
});

test('the end says whether what was there before is back', (t) => {
  const to = { isThere: false, changed: true };
  t.deepEqual(endOfFailure('refused', to, { kind: 'done', without: [] }), { state: 'rolled-back', message: 'refused' });
  t.deepEqual(endOfFailure('refused', to, { kind: 'failed', message: 'no disk' }), {
    state: 'failed',
    message: 'refused; the way back failed too: no disk',
  });
  t.is(endOfFailure('refused', to, undefined).state, 'failed');
  t.is(endOfFailure('undone', { isThere: true, changed: true }, undefined).state, 'rolled-back');
  const cutShort = { isThere: true, changed: false };
  t.is(endOfFailure('refused', cutShort, { kind: 'done', without: [] }).state, 'failed', 'there was nothing to take back');
});
