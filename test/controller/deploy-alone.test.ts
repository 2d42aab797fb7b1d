import test from 'ava';
import { createFetchAlone, type OwnCommit } from '../../src/controller/deploy-alone.ts';
import type { EnvironmentStore } from '../../src/controller/environment-store.ts';
import type { Alone } from '../../src/model/control.ts';
import { environment as declared } from '../support/builders.ts';

const at = (digit: string) => ({ commit: digit.repeat(40), sources: {} });
const root = { environments: [declared], hosts: [], sources: [] };

/** An environment with two applications at `a`, and what a fetch finds; `said`: what has been said before. */
function world(
  fetched: { readonly commit?: string; readonly apps?: readonly string[]; readonly rack?: string; readonly own?: OwnCommit | 'failed' },
  said?: Alone,
) {
  let [revision, apps, rack] = [at('a'), ['blog', 'shop'] as readonly string[], 'a'];
  let alone = said;
  const seen: (Alone | undefined)[] = [];
  const raised: string[] = [];
  const environments = {
    require: () => ({ environment: declared, root: { ...root, hosts: [{ name: 'one', labels: { rack }, variables: {} }] }, revision }),
    appsOf: () => apps,
  };
  const controls = {
    readAlone: async () => alone,
    setAlone: async (_: string, next: Alone | undefined, names: readonly string[]) => {
      alone = next;
      raised.push(...names);
    },
  };
  const fetch = async () => {
    seen.push(alone);
    revision = at(fetched.commit ?? 'a');
    apps = fetched.apps ?? apps;
    rack = fetched.rack ?? rack;
    if (fetched.own === 'failed') throw new Error('theme has been set by a push meanwhile');
    return fetched.own ? { own: fetched.own } : {};
  };
  const dependencies = { environments: environments as unknown as EnvironmentStore, controls, now: () => new Date(0) };
  return {
    seen,
    raised,
    alone: () => alone,
    deploy: (app?: string) => createFetchAlone(dependencies)({ environment: 'staging', app, author: 'alice' }, fetch),
  };
}

test('what comes in with a deployment of one application concerns that one alone, from before it is fetched', async (t) => {
  const { deploy, alone, seen } = world({ commit: 'b' });
  await deploy('shop');
  t.like(seen[0], { apps: ['shop'], revision: at('a'), by: 'alice' });
  t.like(alone(), { apps: ['shop'], revision: at('a') });
});

test('where nothing new has come in, nobody is left, now or later', async (t) => {
  const { deploy, alone, raised } = world({});
  await deploy('shop');
  t.is(alone(), undefined);
  t.deepEqual(raised, []);
});

test('a commit made for the application itself is no news to the others, which follow it', async (t) => {
  const { deploy, alone, seen, raised } = world({ commit: 'b', own: { base: 'a'.repeat(40), commit: 'b'.repeat(40) } });
  await deploy('shop');
  t.like(seen[0], { apps: ['shop'] }, 'until it is known that nothing else is beneath it');
  t.is(alone(), undefined);
  t.deepEqual(raised, ['blog']);
});

test('what had been pushed beneath such a commit leaves the others where they are', async (t) => {
  const { deploy, alone } = world({ commit: 'c', own: { base: 'b'.repeat(40), commit: 'c'.repeat(40) } });
  await deploy('shop');
  t.like(alone(), { apps: ['shop'], revision: at('a') });
});

test('a deployment that comes to nothing changes nothing of what was said before', async (t) => {
  const first = world({ commit: 'b' });
  await first.deploy('shop');
  const refused = world({ own: 'failed' }, first.alone());
  await t.throwsAsync(refused.deploy('blog'), { message: /set by a push/ });
  t.deepEqual(refused.alone(), first.alone());
  t.deepEqual(refused.raised, []);
});

test('what windlass.yaml says anew of the hosts is news too', async (t) => {
  const { deploy, alone } = world({ rack: 'b' });
  await deploy('shop');
  t.like(alone(), { apps: ['shop'] });
});

test('one after another is taken along, and behind the last all is as before', async (t) => {
  const first = world({ commit: 'c' });
  await first.deploy('shop');
  const then = world({ commit: 'd', apps: ['blog', 'new', 'shop'] }, first.alone());
  await then.deploy('blog');
  t.like(then.alone(), { apps: ['blog', 'shop'], revision: at('a') });
  const last = world({ commit: 'd', apps: ['blog', 'new', 'shop'] }, then.alone());
  await last.deploy('new');
  t.is(last.alone(), undefined);
});

test('a deployment of all takes along whoever was left', async (t) => {
  const first = world({ commit: 'b' });
  await first.deploy('shop');
  const all = world({ commit: 'b' }, first.alone());
  await all.deploy();
  t.is(all.alone(), undefined);
  t.deepEqual(all.seen, [undefined]);
  t.deepEqual(all.raised, ['blog', 'shop']);
});

test('a name that nobody knows leaves nobody', async (t) => {
  const { deploy, alone, raised } = world({ commit: 'b' });
  await deploy('shpo');
  t.is(alone(), undefined);
  t.deepEqual(raised, ['blog', 'shop'], 'they missed the news of what was fetched');
});

test('an application that is new with what was fetched is deployed alone like any other', async (t) => {
  const { deploy, alone } = world({ commit: 'b', apps: ['blog', 'new', 'shop'] });
  await deploy('new');
  t.like(alone(), { apps: ['new'], revision: at('a') });
});
