import test from 'ava';
import { type ApplicationFacts, statusDocument } from '../../src/controller/status-document.ts';
import { type ApplicationState, type DeploymentRecord, unclaimedImages } from '../../src/model/deployment.ts';
import type { DriftPolicy } from '../../src/model/drift.ts';
import { container, host } from '../support/builders.ts';

const commit = 'a'.repeat(40);
const older = 'b'.repeat(40);
const deployed: ApplicationState = {
  deployed: commit,
  deployedSources: {},
  wanted: commit,
  state: 'deployed',
  message: '',
  deployment: undefined,
  failed: undefined,
};
const facts = (over: Partial<ApplicationFacts> = {}): ApplicationFacts => ({
  name: 'shop',
  state: deployed,
  unsettled: false,
  asked: false,
  held: false,
  wanted: commit,
  freeze: undefined,
  pin: undefined,
  canary: null,
  limit: null,
  passedOver: [],
  desired: [],
  strangers: '',
  ...over,
});

const stateOf = (applications: readonly ApplicationFacts[], problem?: string, hosts = [host()]) =>
  statusDocument([{ name: 'staging', wanted: commit, branch: 'main', freeze: undefined, problem, applications }], hosts).environments[0];

const desired = (hash: string, drift: DriftPolicy = 'repair') => [
  {
    service: 'web',
    policy: 'mutable' as const,
    drift,
    name: 'staging-shop-web-1',
    host: 'one',
    files: [{ source: 'a', target: '/a', hash, mode: 0o644, uid: 0, gid: 0, reads: [] }],
  },
];
const withFile = (installed: string, loaded: string) => [host({ containers: [container({ configs: { '/a': { installed, loaded } } })] })];

test('whatever the state, the message says which guard holds a file back', (t) => {
  const reason = 'guard minimum_members: 2: services.web.containers has 1 container';
  const [lb] = desired('new');
  const held = lb ? [{ ...lb, files: lb.files.map((file) => ({ ...file, held: reason })) }] : [];
  const under = stateOf([facts({ desired: held })], undefined, withFile('old', 'old'))?.apps[0];
  t.is(under?.state, 'deploying');
  t.is(under?.message, `/a of staging-shop-web-1 stays as it is: ${reason}`);
  t.is(under?.services[0]?.containers[0]?.configs[0]?.held, reason);
  const state = { ...deployed, state: 'held' as const, message: `a of staging-shop-web-1 stays as it is: ${reason}` };
  t.is(stateOf([facts({ desired: held, state })], undefined, withFile('old', 'old'))?.apps[0]?.message, state.message);
});

test('an environment is as far as the last of its applications, and as bad as the worst', (t) => {
  t.is(stateOf([facts(), facts({ name: 'blog' })])?.state, 'deployed');
  t.is(stateOf([facts(), facts({ name: 'blog', state: undefined })])?.state, 'deploying');
  t.is(stateOf([facts(), facts({ name: 'blog', state: { ...deployed, state: 'failed' } })])?.state, 'failed');
  t.is(
    stateOf([facts({ state: { ...deployed, state: 'held' } }), facts({ name: 'blog', state: { ...deployed, state: 'failed' } })])?.state,
    'failed',
  );
});

test('deployed names a commit only where all applications are at it', (t) => {
  t.is(stateOf([facts(), facts({ name: 'blog' })])?.deployed, commit);
  t.is(stateOf([facts(), facts({ name: 'blog', state: { ...deployed, deployed: older } })])?.deployed, null);
});

test('an accepted push shows as deploying at once, a wish that finds nothing new too', (t) => {
  t.is(stateOf([facts({ state: { ...deployed, deployed: older }, unsettled: true })])?.state, 'deploying');
  t.is(stateOf([facts({ state: { ...deployed, deployed: older, wanted: older } })])?.state, 'deploying', 'fetched, but not yet raised');
  t.is(stateOf([facts({ state: { ...deployed, deployed: older, wanted: older, state: 'failed' } })])?.state, 'deploying');
  t.is(stateOf([facts({ unsettled: true, asked: true })])?.state, 'deploying');
  t.is(stateOf([facts({ unsettled: true })])?.state, 'deployed');
});

test('a file that is not installed, or not loaded, is not deployed', (t) => {
  t.is(stateOf([facts({ desired: desired('x') })], undefined, withFile('x', 'x'))?.state, 'deployed');
  t.is(stateOf([facts({ desired: desired('x') })], undefined, withFile('w', 'w'))?.state, 'deploying');
  t.is(stateOf([facts({ desired: desired('x') })], undefined, withFile('x', 'w'))?.state, 'deploying');
});

test('a mistake in windlass.yaml fails the environment and says which', (t) => {
  const broken = stateOf([facts()], 'windlass.yaml:3:1: unknown key');
  t.is(broken?.state, 'failed');
  t.is(broken?.message, 'windlass.yaml:3:1: unknown key');
});

test('an environment whose branch has no commit is held, not deployed', (t) => {
  const facts = { name: 'production', wanted: undefined, branch: 'release', freeze: undefined, problem: undefined, applications: [] };
  const [empty] = statusDocument([facts], []).environments;
  t.is(empty?.state, 'held');
  t.is(empty?.message, 'its branch release has no commit yet');
});

test('what somebody else has changed is under way while it is repaired, told where it is reported, and held while its repair waits', (t) => {
  const changed = (due: boolean) => [
    host({ containers: [container({ configs: { '/a': { installed: 'y', loaded: 'x', drift: { from: 'x', times: 3, due } } } })] }),
  ];
  const shown = (policy: DriftPolicy, due = true) => stateOf([facts({ desired: desired('x', policy) })], undefined, changed(due))?.apps[0];
  t.like(shown('repair'), { state: 'deploying', message: '' });
  t.like(shown('report'), {
    state: 'deployed',
    message: '/a in staging-shop-web-1 was changed by somebody else; windlass deploy puts it right',
  });
  t.like(shown('ignore'), { state: 'deployed', message: '' });
  t.like(shown('repair', false), {
    state: 'held',
    message: '/a in staging-shop-web-1 was changed by somebody else 3 times; it is put right with growing pauses',
  });
});

test('images that nobody waits for are named while they are built or have failed, and change no state', (t) => {
  const record: DeploymentRecord = {
    id: 'd-1',
    environment: 'staging',
    app: unclaimedImages,
    commit,
    trigger: 'push',
    state: 'failed',
    message: 'tool:latest: cannot build',
    startedAt: '',
    steps: [],
  };
  const under = (images: DeploymentRecord) =>
    statusDocument(
      [{ name: 'staging', wanted: commit, branch: 'main', freeze: undefined, problem: undefined, applications: [facts()], images }],
      [],
    ).environments[0];
  t.is(under(record)?.state, 'deployed');
  t.deepEqual(under(record)?.images, { state: 'failed', message: 'tool:latest: cannot build', deployment: 'd-1' });
  t.is(under({ ...record, state: 'running' })?.images?.state, 'building');
  t.is(under({ ...record, state: 'succeeded' })?.images, undefined);
  t.is(under({ ...record, commit: older })?.images, undefined, 'of another commit');
});

test('a stranger is shown with its files, keeps nobody from being deployed, and status says what it lacks', (t) => {
  const stranger = container({ id: 'hand', name: 'staging-shop-web-1', index: 0, spec: undefined, configs: {} });
  const hosts = [host({ containers: [...(withFile('new', 'new')[0]?.containers ?? []), stranger] })];
  const files = desired('new').flatMap((one) => [one, { ...one, stranger: 'hand' }]);
  const app = stateOf([facts({ desired: files, strangers: 'by-hand: nginx refused it' })], undefined, hosts)?.apps[0];
  t.like(app, { state: 'deployed', message: 'by-hand: nginx refused it' });
  t.deepEqual(
    app?.services[0]?.containers.map(({ stranger: isOne, configs: [config] }) => [isOne, config?.installed]),
    [
      [true, null],
      [undefined, 'new'],
    ],
  );
});
