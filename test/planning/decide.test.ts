import test from 'ava';
import type { Environment } from '../../src/model/application.ts';
import type { HostRecord } from '../../src/model/host.ts';
import { decide } from '../../src/planning/decide.ts';
import { knownTerms } from '../../src/planning/leaving.ts';
import { application, host, service } from '../support/builders.ts';
import { applyWave } from '../support/simulate.ts';

const environment = (tier: string): Environment => ({ name: 'staging', branch: 'main', apps: undefined, hosts: { tier }, sources: {} });

const decided = (tier: string, hosts: readonly HostRecord[]) => {
  const app = application([service()]);
  const of = environment(tier);
  const root = { environments: [of], hosts: [], sources: [] };
  const loaded = {
    environment: of,
    root,
    commit: app.commit,
    applications: [app],
    images: [],
    issues: [],
    applicationIssues: {},
    names: ['shop'],
  };
  return decide({ loaded, app: 'shop', hosts, ownHost: 'old', secrets: {}, terms: knownTerms }).plan;
};

test('an environment that is given other hosts moves to them, and leaves nothing behind', (t) => {
  const hosts = [host({ name: 'new', labels: { tier: 'b' } }), host({ name: 'old', labels: { tier: 'a' } })];
  let now = applyWave(hosts, decided('a', hosts).wave);
  const waves: string[] = [];
  for (let next = decided('b', now); next.wave.length > 0; next = decided('b', now)) {
    waves.push(next.wave.map(({ kind, host: on }) => `${kind} on ${on}`).join(', '));
    now = applyWave(now, next.wave);
  }
  t.deepEqual(waves, ['recreate-container on new', 'remove-container on old']);
});

test("a host that is lost and no longer the environment's holds nothing up", (t) => {
  const hosts = [host({ name: 'new', labels: { tier: 'b' } }), host({ name: 'old', labels: { tier: 'a' } })];
  const before = applyWave(hosts, decided('a', hosts).wave).map((one) => (one.name === 'old' ? { ...one, state: 'lost' as const } : one));
  const after = applyWave(before, decided('b', before).wave);
  t.deepEqual(decided('b', after).lost, []);
  t.deepEqual(decided('b', after).differences, []);
});
