import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createPushTrail } from '../../src/controller/push-trail.ts';
import { noFault } from '../../src/fault.ts';
import { createKeyedLock } from '../../src/keyed-lock.ts';
import { type Log, silentLog } from '../../src/log.ts';
import type { Environment, Root } from '../../src/model/root.ts';
import type { EnvironmentState } from '../../src/workers/environment-state.ts';
import { type FetchContext, fetchSource } from '../../src/workers/fetch-source.ts';

const environment: Environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
const root: Root = { environments: [environment], hosts: [], sources: [] };

/** A repository whose branches are where `resolve` says, and what was found in it. */
function createRepository(
  resolve: (branch: string) => string | Promise<string>,
  { raise = async () => {}, untold = () => [], log = silentLog }: Partial<Pick<FetchContext, 'raise' | 'untold' | 'log'>> = {},
) {
  const lock = createKeyedLock();
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
    untold,
    raise,
    retry: async () => {},
    unraised: new Map(),
    failing: new Set(),
    lacking: new Set(),
    patienceMs: 10_000,
    inTurn: (work) => lock('', work),
    wakeBuilds: async () => {},
    pending: async () => {},
    fault: noFault,
    log,
  };
  return {
    fetch: (source = 'config') => fetchSource({ source, trigger: 'push', forced: false }, context, new AbortController().signal),
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

test('the line that says what a fetch has found names the pushes that no delivery told of', async (t) => {
  const lines: object[] = [];
  const log: Log = { ...silentLog, info: (fields, message) => lines.push({ ...fields, message }) };
  const pushes = { ofSource: async () => [], open: async () => {}, list: async () => [], close: async () => {} };
  const trail = createPushTrail({ pushes, deployments: { latest: async () => undefined }, now: () => 0, log, count: () => {} });
  const wanted = { target: 'source:config', generation: 1, handled: 0, trigger: 'push', forced: false, since: 0 } as const;
  const { untold } = await trail.fetch('config', wanted, log);
  const { fetch } = createRepository(() => 'c'.repeat(40), { log, untold });
  await fetch();
  const line = { source: 'config', trigger: 'push', message: 'source fetched' };
  t.deepEqual(lines, [{ ...line, moved: ['staging'], pushes: ['poll-cccccccccccc'] }]);
  await fetch();
  t.deepEqual(lines.at(-1), { ...line, moved: [] });
});

test('a push that comes while windlass.yaml is read is not deployed under what the one before it said', async (t) => {
  const pushes = ['a', 'b'].map((one) => one.repeat(40));
  const { fetch, known } = createRepository(() => pushes.shift() ?? 'b'.repeat(40));
  await fetch();
  t.is(known()[0]?.revision?.commit, 'a'.repeat(40));
  await fetch();
  t.is(known()[0]?.revision?.commit, 'b'.repeat(40));
});

test('a source that was fetched while a push came does not bring back what was before that push', async (t) => {
  const [older, newer] = ['a', 'b'].map((one) => one.repeat(40));
  let pushed = older;
  let go = () => {};
  let reads = 0;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { fetch, known } = createRepository(async () => {
    const found = pushed ?? '';
    if (++reads === 1) await gate;
    return found;
  });
  const early = fetch('code');
  await new Promise(setImmediate);
  pushed = newer;
  const late = fetch();
  await new Promise(setImmediate);
  go();
  await Promise.all([early, late]);
  t.is(known()[0]?.revision?.commit, newer);
});

/** A repository with two sources; `here`: branches that a clone from before has, `dead`: sources whose Git host is away, `hanging`: never answers; `has`: every source's branches. */
function createSources({ here = [], dead = [], hanging = [], has = ['main', 'release'] }: Readonly<Record<string, readonly string[]>>) {
  const clones = new Set(here);
  const done: string[] = [];
  const withSources: Root = {
    ...root,
    environments: [environment, { ...environment, name: 'production', sources: { code: 'release' } }],
    sources: ['code', 'docs'].map((name) => ({ name, url: `https://git.example.com/${name}`, branch: 'main', provider: 'github' })),
  } as unknown as Root;
  let known: readonly EnvironmentState[] = [];
  const context: FetchContext = {
    sources: {
      fetch: async (source, _, signal) => {
        done.push(`fetch ${source}`);
        if (dead.includes(source)) throw new Error('away');
        // A server that says nothing keeps the process alive, as this does.
        if (hanging.includes(source)) await sleep(600_000, undefined, { signal });
        for (const branch of has) clones.add(`${source} ${branch}`);
      },
      head: async () => 'main',
      resolve: async (source, branch) => {
        if (source === 'config' || clones.has(`${source} ${branch}`)) return 'c'.repeat(40);
        if (![...clones].some((one) => one.startsWith(source))) throw new Error('no clone');
        return undefined;
      },
    },
    revisions: { root: async () => ({ root: withSources, issues: [] }), names: async () => [] },
    environments: {
      all: async () => known,
      apps: () => ({}),
      write: async ({ states }) => {
        known = states;
      },
      targets: () => [],
      rootProblem: async () => {},
    },
    moves: async () => {},
    untold: () => [],
    raise: async () => {},
    retry: async (source) => void done.push(`retry ${source}`),
    unraised: new Map(),
    failing: new Set(),
    lacking: new Set(),
    patienceMs: 1,
    inTurn: (work) => work(),
    wakeBuilds: async () => {},
    pending: async () => {},
    fault: noFault,
    log: silentLog,
  };
  return async () => {
    done.length = 0;
    await fetchSource({ source: 'config', trigger: 'push', forced: false }, context, new AbortController().signal);
    return [...done];
  };
}

test('a source that is not here is brought before it is read; one whose Git host is away is waited for once', async (t) => {
  const fetch = createSources({ dead: ['docs'] });
  t.deepEqual(await fetch(), ['fetch config', 'fetch code', 'fetch docs', 'retry docs']);
  t.deepEqual(await fetch(), ['fetch config']);
});

test('a source that hangs is waited for once, and not long', async (t) => {
  const fetch = createSources({ hanging: ['docs'] });
  t.deepEqual(await fetch(), ['fetch config', 'fetch code', 'fetch docs', 'retry docs']);
  t.deepEqual(await fetch(), ['fetch config']);
});

test('a branch that a source does not have is looked for once', async (t) => {
  const fetch = createSources({ here: ['docs main'], has: ['main'] });
  t.deepEqual(await fetch(), ['fetch config', 'fetch code', 'retry docs']);
  t.deepEqual(await fetch(), ['fetch config']);
});

test('a branch that an environment follows now is brought before it is read', async (t) => {
  const fetch = createSources({ here: ['code main', 'docs main'] });
  t.deepEqual(await fetch(), ['fetch config', 'fetch code', 'retry docs']);
  t.deepEqual(await fetch(), ['fetch config']);
});

test('clones from before a start are read as they are, and fetched meanwhile', async (t) => {
  const fetch = createSources({ here: ['code main', 'code release', 'docs main'] });
  t.deepEqual(await fetch(), ['fetch config', 'retry code', 'retry docs']);
  t.deepEqual(await fetch(), ['fetch config']);
});

test('an environment that windlass.yaml has no more is listed with no applications: what is there of it has left', async (t) => {
  const environments = [environment, { ...environment, name: 'preview' }];
  let declared = environments;
  let listed: Readonly<Record<string, readonly string[]>> = {};
  let known: readonly EnvironmentState[] = [];
  const lock = createKeyedLock();
  const context = {
    sources: { fetch: async () => {}, head: async () => 'main', resolve: async () => 'c'.repeat(40) },
    revisions: { root: async () => ({ root: { ...root, environments: declared }, issues: [] }), names: async () => ['shop'] },
    environments: {
      all: async () => known,
      apps: () => listed,
      write: async ({ states, apps }: { states: readonly EnvironmentState[]; apps: Readonly<Record<string, readonly string[]>> }) => {
        known = states;
        listed = apps;
      },
      targets: () => ['shop'],
      rootProblem: async () => {},
    },
    moves: async () => {},
    untold: () => [],
    raise: async () => {},
    retry: async () => {},
    unraised: new Map(),
    failing: new Set<string>(),
    lacking: new Set<string>(),
    patienceMs: 10_000,
    inTurn: <T>(work: () => Promise<T>) => lock('', work),
    wakeBuilds: async () => {},
    pending: async () => {},
    fault: noFault,
    log: silentLog,
  };
  const fetch = () => fetchSource({ source: 'config', trigger: 'push', forced: false }, context, new AbortController().signal);
  await fetch();
  t.deepEqual(listed, { staging: ['shop'], preview: ['shop'] });
  declared = [environment];
  await fetch();
  t.deepEqual(listed, { staging: ['shop'] });
});
