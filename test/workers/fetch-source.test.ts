import test from 'ava';
import { silentLog } from '../../src/log.ts';
import type { Environment, Root } from '../../src/model/application.ts';
import type { EnvironmentState } from '../../src/workers/environment-state.ts';
import { type FetchContext, fetchSource } from '../../src/workers/fetch-source.ts';

const environment: Environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
const root: Root = { environments: [environment], hosts: [], sources: [] };

test('a fetch that is cut short while it raises applications raises all of them when it is tried again', async (t) => {
  let known: readonly EnvironmentState[] = [];
  let away = true;
  const raised: string[] = [];
  const context: FetchContext = {
    sources: { fetch: async () => {}, head: async () => 'main', resolve: async () => 'c'.repeat(40) },
    revisions: { root: async () => ({ root, issues: [] }), names: async () => ['blog', 'shop'] },
    environments: {
      all: async () => known,
      apps: () => ({}),
      write: async ({ states }) => {
        known = states;
      },
      targets: () => ['blog', 'shop'],
      rootProblem: async () => {},
    },
    moves: async () => {},
    raise: async (_, app) => {
      if (away && app === 'shop') throw new Error('Redis is away');
      raised.push(app);
    },
    retry: async () => {},
    unraised: new Map(),
    wakeBuilds: async () => {},
    pending: async () => {},
    log: silentLog,
  };
  const fetch = () => fetchSource({ source: 'config', trigger: 'push', forced: false }, context, new AbortController().signal);
  await t.throwsAsync(fetch());
  away = false;
  await fetch();
  t.deepEqual(raised, ['blog', 'blog', 'shop']);
  await fetch();
  t.is(raised.length, 3);
});
