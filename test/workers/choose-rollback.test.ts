import test from 'ava';
import type { Pin } from '../../src/model/control.ts';
import type { ApplicationState, DeploymentRecord } from '../../src/model/deployment.ts';
import { chooseRollback, lastMoved, namedRollback, type RollbackSituation } from '../../src/workers/choose-rollback.ts';

const revision = (commit: string, shop = '1') => ({ commit, sources: { shop } });
const record = (id: string, commit: string, over: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
  id,
  environment: 'production',
  app: 'shop',
  ...revision(commit),
  trigger: 'push',
  state: 'succeeded',
  message: '',
  startedAt: `2026-01-01T00:00:${id.slice(1).padStart(2, '0')}Z`,
  steps: [],
  ...over,
});
const at = (commit: string, over: Partial<ApplicationState> = {}): ApplicationState => ({
  deployed: commit,
  deployedSources: { shop: '1' },
  wanted: commit,
  state: 'deployed',
  message: '',
  deployment: undefined,
  failed: undefined,
  ...over,
});
const situation = (over: Partial<RollbackSituation>): RollbackSituation => ({
  environment: 'production',
  app: 'shop',
  records: [],
  state: undefined,
  pin: undefined,
  newest: revision('c'),
  ...over,
});
const pin = (deployment: string, commit: string): Pin => ({
  revision: revision(commit),
  over: revision('c'),
  from: 'c',
  deployment,
  by: 'alice',
  at: 't',
});

test('the one before is that with another revision; a newer commit of a source is another revision', (t) => {
  const records = [
    record('d4', 'c', { trigger: 'discovery' }),
    record('d3', 'c'),
    record('d2', 'c', { sources: { shop: '0' } }),
    record('d1', 'b'),
  ];
  t.like(chooseRollback(situation({ records, state: at('c') })), { deployment: { id: 'd2' }, from: 'c' });
});

test('what failed, or was taken back, is never gone back to', (t) => {
  const records = [record('d3', 'c'), record('d2', 'b', { state: 'rolled-back' }), record('d1', 'a')];
  t.is(chooseRollback(situation({ records, state: at('c') })).deployment.id, 'd1');
});

test('what is under way is left for what is deployed', (t) => {
  const records = [record('d2', 'c', { state: 'running' }), record('d1', 'b')];
  t.like(chooseRollback(situation({ records, state: at('b', { state: 'deploying' }) })), { deployment: { id: 'd1' }, from: 'c' });
});

test('a canary that stands is left for what is deployed, whatever has been pushed since', (t) => {
  const records = [record('d2', 'b', { state: 'running' }), record('d1', 'a')];
  const environment = { name: 'production', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
  const declared = { environment, root: { environments: [environment], hosts: [], sources: [] } };
  const part = { revision: revision('b'), declared, scope: { canary: true } };
  const standing = situation({ records, state: at('a', { state: 'held', part }) });
  t.like(chooseRollback(standing), { deployment: { id: 'd1' }, from: 'b' });
  t.like(namedRollback(standing, 'd1', records[1]), { from: 'b' }, 'as it was shown');
});

test('a second time goes one further back, whatever was rolled back in between', (t) => {
  const records = [
    record('d5', 'b', { trigger: 'rollback', restores: 'd2' }),
    record('d4', 'b', { trigger: 'discovery' }),
    record('d3', 'c'),
    record('d2', 'b'),
    record('d1', 'a'),
  ];
  t.is(chooseRollback(situation({ records, state: at('b'), pin: pin('d2', 'b') })).deployment.id, 'd1');
  t.is(chooseRollback(situation({ records, state: at('b') })).deployment.id, 'd1', 'also once a newer push has ended the rollback');
});

test('nothing deployed, and a history that ends here, are said', (t) => {
  t.throws(() => chooseRollback(situation({})), { code: 'conflict', message: /has not been deployed yet/ });
  t.throws(() => chooseRollback(situation({ records: [record('d1', 'c')], state: at('c') })), {
    message: /no earlier deployment of production\/shop/,
  });
  t.throws(() => chooseRollback(situation({ records: [], state: at('c') })), { message: /no earlier deployment/ });
});

const refusals: readonly [string, DeploymentRecord | undefined, RegExp][] = [
  ['is not in the history', undefined, /there is no deployment d9 in the history: only the newest are kept/],
  ['is of another environment', record('d9', 'a', { environment: 'staging' }), /is of staging\/shop, not of production\/shop/],
  ['is of another application', record('d9', 'a', { app: 'blog' }), /is of production\/blog, not of production\/shop/],
  ['has not ended', record('d9', 'a', { state: 'running' }), /has not ended yet/],
  ['failed', record('d9', 'a', { state: 'failed' }), /ended as failed: production\/shop has never been at its revision/],
  ['was superseded', record('d9', 'a', { state: 'superseded' }), /ended as superseded/],
];
for (const [what, named, message] of refusals) {
  test(`a deployment that ${what} is no way back`, (t) => {
    t.throws(() => namedRollback(situation({ state: at('c') }), 'd9', named), { message });
  });
}

test('without a name all go back that stand where the last push put them', (t) => {
  const of = (app: string, records: readonly DeploymentRecord[], commit: string) => ({ app, records, state: at(commit) });
  const shop = of('shop', [record('d3', 'c'), record('d1', 'b')], 'c');
  const cart = of('cart', [record('d4', 'c', { app: 'cart' })], 'c');
  const blog = of('blog', [record('d2', 'b', { app: 'blog' })], 'b');
  const untouched = of('docs', [record('d0', 'a', { app: 'docs' })], 'c');
  t.deepEqual(lastMoved([shop, cart, blog, untouched]), ['shop', 'cart']);
  t.deepEqual(lastMoved([]), []);
});
