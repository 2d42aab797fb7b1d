import test from 'ava';
import { silentLog } from '../../src/log.ts';
import type { Environment, Root } from '../../src/model/root.ts';
import type { EnvironmentState } from '../../src/workers/environment-state.ts';
import { type FetchContext, fetchSource } from '../../src/workers/fetch-source.ts';

const environment: Environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
const root: Root = { environments: [environment], hosts: [], sources: [] };

/** A repository whose branches are where `resolve` says, and what was found in it. */
function createRepository(resolve: (branch: string) => string, { raise = async () => {} }: Partial<Pick<FetchContext, 'raise'>> = {}) {
  let known: readonly EnvironmentState[] = [];
  const context: FetchContext = {
    sources: { fetch: async () => {}, head: async () => 'main', resolve: async (_, branch) => resolve(branch) },
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
    raise,
    retry: async () => {},
    unraised: new Map(),
    wakeBuilds: async () => {},
    pending: async () => {},
    log: silentLog,
  };
  return {
    fetch: () => fetchSource({ source: 'config', trigger: 'push', forced: false }, context, new AbortController().signal),
    known: () => known,
  };
}

test('a fetch that is cut short while it raises applications raises all of them when it is tried again', async (t) => {
  let away = true;
  const raised: string[] = [];
  const { fetch } = createRepository(() => 'c'.repeat(40), {
    raise: async (_, app) => {
      if (away && app === 'shop') throw new Error('Redis is away');
      raised.push(app);
    },
  });
  await t.throwsAsync(fetch());
  away = false;
  await fetch();
  t.deepEqual(raised, ['blog', 'blog', 'shop']);
  await fetch();
  t.is(raised.length, 3);
});

test('a push that comes while windlass.yaml is read is not deployed under what the one before it said', async (t) => {
  const pushes = ['a', 'b'].map((one) => one.repeat(40));
  const { fetch, known } = createRepository(() => pushes.shift() ?? 'b'.repeat(40));
  await fetch();
  t.is(known()[0]?.revision?.commit, 'a'.repeat(40));
  await fetch();
  t.is(known()[0]?.revision?.commit, 'b'.repeat(40));
});
