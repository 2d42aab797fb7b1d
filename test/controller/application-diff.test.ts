import test from 'ava';
import type { StreamHub } from '../../src/api/stream-hub.ts';
import { applicationDiff } from '../../src/controller/application-diff.ts';
import { WindlassError } from '../../src/errors.ts';
import type { Controls } from '../../src/model/control.ts';
import type { ApplicationState } from '../../src/model/deployment.ts';
import type { InstalledFile } from '../../src/model/host.ts';
import { type Decision, undecided } from '../../src/planning/decide.ts';
import type { StepQueue } from '../../src/queue/steps.ts';
import { type Aimed, chooseAim } from '../../src/workers/choose-aim.ts';
import { container, environment, host } from '../support/builders.ts';

const at = (digit: string) => ({ commit: digit.repeat(40), sources: {} });
const root = { environments: [environment], hosts: [], sources: [] };
const said = { by: 'alice', at: '2026-01-01T00:00:00Z' };
const names = ['staging-shop-web-1', 'staging-shop-web-2'];

const state: ApplicationState = {
  deployed: at('a').commit,
  deployedSources: {},
  wanted: at('b').commit,
  state: 'deployed',
  message: '',
  deployment: 'd1',
  failed: undefined,
};

interface Case {
  readonly controls?: Controls;
  readonly state?: Partial<ApplicationState>;
  readonly approval?: 'required';
  /** Which containers the newest revision's plan reaches; undefined: all. */
  readonly reached?: readonly string[];
  readonly canary?: boolean;
  readonly installed?: InstalledFile;
  readonly file?: { readonly held?: string; readonly drift?: 'ignore' };
  /** Commits that have mistakes, or cannot be planned at all. */
  readonly mistaken?: string;
  readonly endless?: string;
}

/**
 * What is shown of an application at `a` while `b` is newest: the container's number, and what stands before it. Nothing is read from its
 * lost host.
 */
async function shown({ controls = {}, reached, canary, installed, file, mistaken, endless, ...given }: Case) {
  const known = installed ?? { installed: 'sha256:a', loaded: 'sha256:a' };
  const hosts = [host({ state: 'lost', containers: names.map((name) => container({ name, configs: { '/etc/x': known } })) })];
  const declared = { ...environment, ...(given.approval ? { approval: given.approval } : {}) };
  const newest = { environment: declared, root, revision: at('b') };
  const now = { ...state, ...given.state };
  const filesOf = (commit: string) => [
    {
      source: 'x',
      target: '/etc/x',
      hash: `sha256:${commit.slice(0, 1)}`,
      mode: 0o644,
      uid: 0,
      gid: 0,
      reads: [],
      ...(file?.held ? { held: file.held } : {}),
    },
  ];
  const decide = (aim: Aimed, isReached = (_: string) => true): Decision => {
    const { commit } = aim.revision;
    if (endless !== undefined && commit.startsWith(endless)) throw new WindlassError('deadline', 'a formula does not end');
    if (commit.startsWith(mistaken ?? '-'))
      return { ...undecided, issues: [{ file: 'apps/shop/compose.yaml', line: 1, column: 2, message: 'no such key' }] };
    const containers = names.map((name) => ({
      service: 'web',
      policy: 'mutable' as const,
      drift: file?.drift ?? ('repair' as const),
      name,
      host: 'one',
      files: filesOf(isReached(name) ? commit : (aim.rest?.revision.commit ?? commit)),
    }));
    const canaries = canary ? [{ service: 'web', containers: [...(reached ?? [])], of: 2, pauseMs: 'manual' as const }] : [];
    const reach = reached && aim.scope ? { reach: { services: [], containers: reached }, canaries } : {};
    return { ...undecided, containers, plan: { ...undecided.plan, ...reach } };
  };
  const { files, issues } = await applicationDiff(newest, 'shop', hosts, {
    naming: {
      standing: async () => ({
        target: 'staging/shop',
        choice: chooseAim({ newest, state: now, trigger: 'discovery', controls }),
        controls,
        state: now,
      }),
      decided: async (aim) => decide(aim),
      decidedWithRest: async (aim) => decide(aim, (name) => !aim.scope || reached === undefined || reached.includes(name)),
      contentsDeployed: async () => new Map(),
    },
    hub: {} as StreamHub,
    steps: {} as StepQueue,
  });
  return {
    files: files.map(({ container: name, withheld }) => `${name.slice(-1)}${withheld === undefined ? '' : ` ${withheld}`}`),
    issues,
  };
}

test('what nothing stands before would be done', async (t) => {
  t.deepEqual(await shown({}), { files: ['1', '2'], issues: [] });
});

const withheld: readonly [string, Case, string][] = [
  ['a freeze', { controls: { freeze: { by: 'alice', reason: 'sale', since: '2026' } } }, 'frozen by alice since 2026: sale'],
  ['an approval that is missing', { approval: 'required' }, 'waits for approval: windlass approve staging --app shop'],
  [
    'a rollback',
    { controls: { pin: { revision: at('a'), over: at('b'), from: at('b').commit, deployment: 'd1', ...said } } },
    'rolled back from bbbbbbb by alice at 2026-01-01T00:00:00Z; waits for a newer commit',
  ],
  [
    'others that were deployed alone',
    { controls: { left: { apps: ['blog'], revision: at('a'), declared: { environment, root }, ...said } } },
    'nothing newer reaches it since alice deployed blog alone at 2026-01-01T00:00:00Z; windlass deploy staging --app shop takes it along',
  ],
  ['its failure', { state: { state: 'failed', failed: at('b') } }, 'it has failed; windlass deploy staging --app shop tries it again'],
];
for (const [what, given, sentence] of withheld) {
  test(`${what} is said of what it withholds, with who holds it`, async (t) => {
    t.deepEqual((await shown(given)).files, [`1 ${sentence}`, `2 ${sentence}`]);
  });
}

test('a limit and a canary withhold what they do not reach', async (t) => {
  const reached = ['staging-shop-web-2'];
  const limit = { services: [], containers: reached, ...said };
  const limited = await shown({ controls: { limit }, reached });
  t.deepEqual(limited.files, ['2', '1 limited to staging-shop-web-2 by alice; windlass deploy staging --app shop takes the limit off']);
  t.deepEqual((await shown({ reached, canary: true })).files, ['2', '1 comes behind the canary of web']);
  const canary = { since: '2026', services: [{ name: 'web', containers: reached, of: 2 }] };
  const part = { revision: at('b'), declared: { environment, root }, scope: { canary: true }, canary };
  const standing = await shown({ reached, canary: true, state: { state: 'held', part } });
  t.regex(
    standing.files[1] ?? '',
    /^1 canary: 1 of 2 containers of web at bbbbbbb since 2026; windlass canary continue staging --app shop/,
  );
});

test('a file that a guard or the drift policy leaves as it is says so', async (t) => {
  t.deepEqual((await shown({ file: { held: 'its list would be empty' } })).files, [
    '1 its list would be empty',
    '2 its list would be empty',
  ]);
  const drift = { from: 'sha256:b', times: 1, due: true };
  const changed = await shown({ file: { drift: 'ignore' }, installed: { installed: 'sha256:theirs', loaded: 'sha256:b', drift } });
  t.is(changed.files[0], '1 changed by somebody else, and left so by drift: ignore');
});

test('mistakes of the newest revision are said beside what is kept in line', async (t) => {
  const stale = { installed: 'sha256:stale', loaded: 'sha256:stale' };
  const failed: Case = { state: { state: 'failed', failed: at('b') }, installed: stale };
  const issues = ['apps/shop/compose.yaml:1:2: no such key'];
  t.deepEqual(await shown({ ...failed, mistaken: 'b' }), { files: ['1', '2'], issues });
  t.deepEqual(await shown({ mistaken: 'b' }), { files: [], issues });
  t.deepEqual(await shown({ endless: 'b' }), { files: [], issues: ['a formula does not end'] });
});
