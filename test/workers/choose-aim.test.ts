import test from 'ava';
import type { Pin } from '../../src/model/control.ts';
import type { ApplicationState } from '../../src/model/deployment.ts';
import { chooseAim } from '../../src/workers/choose-aim.ts';

const at = (digit: string) => ({ commit: digit.repeat(40), sources: {} });
const environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
const newest = { environment, root: { environments: [environment], hosts: [], sources: [] }, revision: at('c') };
const state: ApplicationState = {
  deployed: at('b').commit,
  deployedSources: {},
  wanted: at('c').commit,
  state: 'failed',
  message: '',
  pulled: { 'redis:7': ['sha256:b'] },
  deployment: 'd2',
  failed: at('c'),
};
const pin: Pin = {
  revision: at('a'),
  over: at('c'),
  from: at('c').commit,
  deployment: 'd1',
  pulled: { 'redis:7': ['sha256:a'] },
  by: 'a',
  at: '1',
};

test('a rollback aims at the images of the deployment that it restores', (t) => {
  const choice = chooseAim({ newest, state, trigger: 'rollback', controls: { pin } });
  t.like(choice, { kind: 'open', aim: { revision: at('a'), pulled: pin.pulled } });
});

test('what is kept in line while something newer has failed keeps the images that it was deployed with', (t) => {
  const choice = chooseAim({ newest, state, trigger: 'discovery', controls: {} });
  t.like(choice, { kind: 'open', aim: { revision: at('b'), pulled: state.pulled } });
});

test('what is newest takes what the tags name now', (t) => {
  const choice = chooseAim({ newest, state, trigger: 'push', controls: {} });
  t.is(choice.kind === 'open' ? choice.aim.pulled : 'none', undefined);
});
