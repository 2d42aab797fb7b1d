import test from 'ava';
import { createReports, outcomeOf, type ReportDependencies } from '../../src/controller/reports.ts';
import { unclaimedImages } from '../../src/model/deployment.ts';
import type { ShownPending } from '../../src/queue/shown-pending.ts';

const [commit, older] = ['c'.repeat(40), 'b'.repeat(40)];
const app = (state: 'deployed' | 'deploying' | 'failed' | 'held' | 'awaiting-approval', more: object = {}) => ({
  state,
  message: `${state} because`,
  wanted: commit,
  deployed: state === 'deployed' ? commit : older,
  deployment: undefined,
  ...more,
});
const outcome = (...states: Parameters<typeof outcomeOf>[2]) => outcomeOf('production', commit, states);

test('a commit status tells the worst of the applications', (t) => {
  const [well, waiting, held] = [app('deployed'), app('awaiting-approval'), app('held')];
  t.deepEqual(outcome(well, well), { result: 'deployed' });
  t.deepEqual(outcome(well, waiting), {
    result: undefined,
    said: { state: 'pending', description: 'awaiting approval: windlass approve production' },
  });
  t.deepEqual(outcome(waiting, held), { result: undefined, said: { state: 'pending', description: 'held: held because' } });
  t.deepEqual(outcome(held, app('failed', { deployment: 'd1' })), {
    result: 'failed',
    said: { state: 'failure', description: 'failed because', deployment: 'd1' },
  });
});

test('what was said of an earlier commit says nothing of this one', (t) => {
  t.is(outcome(app('deployed'), app('failed', { wanted: older })), undefined);
  t.is(outcome(app('deployed'), undefined), undefined);
  t.is(outcome(app('deploying')), undefined);
});

/** What Redis keeps: it outlives whoever reports. */
function createShown(): ShownPending {
  const shown = new Set<string>();
  return {
    add: async (_, commit) => void shown.add(commit),
    remove: async (_, commit) => void shown.delete(commit),
    list: async () => [...shown],
  };
}

/** An environment with one application; what was told, in order. */
async function told(state: ReturnType<typeof app>, handled = 1) {
  const said: unknown[] = [];
  const reports = createReports({
    trail: {
      open: async () => [{ id: 'push-1', at: 0 }],
      ended: async (environment: string, pushes: readonly { id: string }[], { result }: { result: string }) =>
        void said.push(`${environment} ${pushes.map(({ id }) => id)} ended ${result}`),
    },
    environments: { all: () => [], get: () => ({ revision: { commit, sources: {} } }), appsOf: () => ['shop'] },
    wanted: { read: async () => ({ generation: 1, handled }) },
    states: { readState: async () => state },
    deployments: { list: async () => [] },
    shown: createShown(),
    send: async ({ state: shown, description }: { state: string; description: string }) => void said.push(`${shown}: ${description}`),
    deliveries: {
      settled: async (environment: string, _pushes: unknown, result: string) => void said.push(`deliveries of ${environment} ${result}`),
    },
  } as unknown as ReportDependencies);
  await reports.settled('production');
  await reports.settled('production');
  return said;
}

test('an environment that waits for approval says so once, and its pushes stay open', async (t) => {
  t.deepEqual(await told(app('awaiting-approval')), [
    'deliveries of production deployed',
    'pending: awaiting approval: windlass approve production',
    'deliveries of production deployed',
  ]);
});

test('a failure ends its pushes, and lets their deliveries be sent again', async (t) => {
  t.deepEqual((await told(app('failed'))).slice(0, 3), [
    'deliveries of production failed',
    'production push-1 ended failed',
    'failure: failed because',
  ]);
});

test('nothing is told while an application still has something to do, or nobody knows what became of it', async (t) => {
  t.deepEqual(await told(app('failed'), 0), []);
  t.deepEqual(await told(app('deploying')), []);
});

/** Reports of an environment that is at a commit and waits for approval; each status as `commit state: description`. */
function reporting(shown = createShown()) {
  const at: { commit: string; failing: boolean; meanwhile?: string; apps: string[]; branches: string[] } = {
    ...{ commit: older, failing: false, apps: ['shop'], branches: ['main', 'release'] },
  };
  const said: string[] = [];
  const reports = createReports({
    environments: {
      all: () => at.branches.map((branch) => ({ environment: { name: branch === 'main' ? 'production' : 'elsewhere', branch } })),
      head: () => 'main',
      get: () => ({ revision: { commit: at.commit, sources: {} } }),
      appsOf: () => at.apps,
    },
    trail: { open: async () => [], ended: async () => undefined },
    wanted: { read: async () => ({ generation: 1, handled: 1 }) },
    states: {
      readState: async () => {
        const state = app('deployed', { wanted: at.commit, deployed: at.commit });
        at.commit = at.meanwhile ?? at.commit;
        return state;
      },
    },
    deployments: { list: async () => [] },
    shown,
    send: async ({ commit: of, environment, state, description }: Readonly<Record<string, string>>) => {
      if (at.failing) throw new Error('Redis is away');
      said.push(`${environment === 'production' ? '' : `${environment} `}${of?.[0]} ${state}: ${description}`);
    },
    deliveries: { settled: async () => undefined },
  } as unknown as ReportDependencies);
  return { at, said, reports };
}

test('a status that could not be queued is queued the next time', async (t) => {
  const { at, said, reports } = reporting();
  at.failing = true;
  await t.throwsAsync(reports.settled('production'), { message: 'Redis is away' });
  at.failing = false;
  await reports.settled('production');
  await reports.settled('production');
  t.deepEqual(said, ['b success: nothing to do']);
});

test('a commit that is overtaken is no longer shown as pending', async (t) => {
  const { at, said, reports } = reporting();
  await reports.pending('production', older);
  await reports.unreadable('d'.repeat(40), 'a mistake');
  at.commit = commit;
  await reports.pending('production', commit);
  await reports.settled('production');
  t.deepEqual(said, [
    'b pending: deploying',
    'd error: a mistake',
    'c pending: deploying',
    `b superseded: superseded by ${commit.slice(0, 12)}`,
    'c success: nothing to do',
  ]);
});

test("a windlass.yaml with mistakes is said of no environment that another branch than HEAD's is deployed to", async (t) => {
  const { at, said, reports } = reporting();
  await reports.unreadable('d'.repeat(40), 'a mistake');
  at.branches = ['release'];
  await reports.unreadable('e'.repeat(40), 'a mistake');
  at.branches = [];
  await reports.unreadable('f'.repeat(40), 'a mistake');
  t.deepEqual(said, ['d error: a mistake', 'windlass.yaml e error: a mistake', 'windlass.yaml f error: a mistake']);
});

test('a commit that was pending when the controller ended is superseded by the next one', async (t) => {
  const shown = createShown();
  await reporting(shown).reports.pending('production', older);
  const { at, said, reports } = reporting(shown);
  at.commit = commit;
  await reports.pending('production', commit);
  t.deepEqual(said, ['c pending: deploying', `b superseded: superseded by ${commit.slice(0, 12)}`]);
});

test('the outcome of a commit that was overtaken while it was told supersedes nothing', async (t) => {
  const shown = createShown();
  const { at, said, reports } = reporting(shown);
  await reports.pending('production', older);
  at.meanwhile = commit;
  await shown.add('production', commit);
  await reports.settled('production');
  t.deepEqual(said, ['b pending: deploying', 'b success: nothing to do']);
  t.deepEqual(await shown.list('production'), [commit]);
});

test('the images that nobody waited for are not what a commit status links to', async (t) => {
  const said: unknown[] = [];
  const record = { commit, state: 'succeeded', trigger: 'push', startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:01Z' };
  const built = { ...record, id: 'd2', app: unclaimedImages, steps: [] };
  const step = { kind: 'push-config', name: 'web-1', host: 'one', reason: '', state: 'succeeded' };
  const told = createReports({
    environments: { all: () => [], get: () => ({ revision: { commit, sources: {} } }), appsOf: () => ['shop'] },
    trail: { open: async () => [], ended: async () => undefined },
    wanted: { read: async () => ({ generation: 1, handled: 1 }) },
    states: { readState: async () => app('deployed') },
    deployments: { list: async () => [built, { ...record, id: 'd1', app: 'shop', steps: [step] }] },
    shown: createShown(),
    send: async ({ deployment }: { deployment: string }) => void said.push(deployment),
    deliveries: { settled: async () => undefined },
  } as unknown as ReportDependencies);
  await told.settled('production');
  t.deepEqual(said, ['d1']);
});

test('what was told of a round is not told otherwise when nobody has pushed since', async (t) => {
  const step = { kind: 'push-config', name: 'web-1', host: 'one', reason: '', state: 'succeeded' };
  const times = { startedAt: '2026-01-03T00:00:00Z', finishedAt: '2026-01-03T00:00:03Z' };
  const before = { startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:03Z' };
  const record = { app: 'shop', commit, state: 'succeeded', trigger: 'push', steps: [step] };
  const open = [{ id: 'push-1', at: Date.parse('2026-01-02T23:59:59Z') }];
  const said: unknown[] = [];
  const reports = createReports({
    environments: { all: () => [], get: () => ({ revision: { commit, sources: {} } }), appsOf: () => ['shop'] },
    trail: { open: async () => [...open], ended: async () => void open.pop() },
    wanted: { read: async () => ({ generation: 1, handled: 1 }) },
    states: { readState: async () => app('deployed') },
    deployments: { list: async () => [times, before].map((time, n) => ({ ...record, ...time, id: `d${n}` })) },
    shown: createShown(),
    send: async ({ description }: { description: string }) => void said.push(description),
    deliveries: { settled: async () => undefined },
  } as unknown as ReportDependencies);
  await reports.settled('production');
  await reports.settled('production');
  t.deepEqual(said, ['deployed 1 container in 3.0 s: 1 hot-pushed']);
});

test('an environment without applications is told of at once', async (t) => {
  const { at, said, reports } = reporting();
  at.apps = [];
  await reports.pending('production', older);
  t.deepEqual(said, ['b pending: deploying', 'b success: nothing to do']);
  t.deepEqual(outcomeOf('production', commit, [], 'the tree cannot be read'), {
    result: 'failed',
    said: { state: 'failure', description: 'the tree cannot be read' },
  });
});
