import test from 'ava';
import type { EnvironmentState } from '../../src/workers/environment-state.ts';
import { whatMoved } from '../../src/workers/what-moved.ts';
import { environment } from '../support/builders.ts';

const root = { environments: [environment], hosts: [], sources: [] };
const state = (name: string, commit: string | undefined, over: Partial<EnvironmentState> = {}): EnvironmentState => ({
  environment: { ...environment, name },
  root,
  revision: commit === undefined ? undefined : { commit: commit.repeat(40), sources: {} },
  ...over,
});
const names = (states: readonly EnvironmentState[]) => states.map((one) => one.environment.name);
const known = [state('staging', 'a'), state('production', 'a')];

test('an environment moves with its commit, with a source, and with what windlass.yaml says of it and its hosts', (t) => {
  const moved = (now: EnvironmentState) => names(whatMoved([now], { known, forced: false }));
  t.deepEqual(moved(state('staging', 'a')), []);
  t.deepEqual(moved(state('staging', 'b')), ['staging']);
  t.deepEqual(moved(state('staging', 'a', { revision: { commit: 'a'.repeat(40), sources: { shop: 'b'.repeat(40) } } })), ['staging']);
  t.deepEqual(moved(state('staging', 'a', { environment: { ...environment, approval: 'required' } })), ['staging']);
  t.deepEqual(moved(state('staging', 'a', { root: { ...root, hosts: [{ name: 'one', labels: {}, variables: {} }] } })), ['staging']);
  t.deepEqual(moved(state('new', 'a')), ['new']);
});

test('who asks for all gets all, and what an earlier fetch has not raised is raised', (t) => {
  t.deepEqual(names(whatMoved(known, { known, forced: true })), ['staging', 'production']);
  t.deepEqual(names(whatMoved(known, { known, forced: false, unraised: new Set(['production']) })), ['production']);
});

test('an environment whose branch has no commit never moves', (t) => {
  t.deepEqual(whatMoved([state('staging', undefined)], { known, forced: true }), []);
});
