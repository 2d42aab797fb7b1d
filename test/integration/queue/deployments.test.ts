import test from 'ava';
import { silentLog } from '../../../src/log.ts';
import type { DeploymentRecord } from '../../../src/model/deployment.ts';
import type { ServerEvent } from '../../../src/model/documents.ts';
import { createDeployments } from '../../../src/queue/deployments.ts';
import { createEvents } from '../../../src/queue/events.ts';
import { connect } from '../../../src/queue/redis.ts';
import { createStateStore } from '../../../src/queue/state.ts';
import { appTarget } from '../../../src/queue/targets.ts';
import { environment } from '../../support/builders.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

let server: TestRedis;
test.before(async () => {
  server = await startRedis();
});
test.after.always(() => server.stop());
test.beforeEach(async () => {
  const redis = connect(server.url, 'worker', silentLog);
  await redis.flushall();
  redis.disconnect();
});

function open(t: { teardown(close: () => void): void }) {
  const redis = connect(server.url, 'worker', silentLog);
  const published: ServerEvent[] = [];
  const events = { publish: async (event: ServerEvent) => void published.push(event) };
  t.teardown(() => redis.disconnect());
  return { redis, published, events, deployments: createDeployments(redis, events) };
}

const record = (id: string, more: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
  id,
  environment: 'staging',
  app: 'shop',
  commit: 'c'.repeat(40),
  trigger: 'push',
  state: 'queued',
  message: '',
  startedAt: '2026-01-01T00:00:00Z',
  steps: [],
  ...more,
});

const pushStep = { kind: 'push-config', name: 'staging-shop-web-1', host: 'web-1', reason: 'changed', state: 'queued' } as const;

test.serial('a deployment is read as it was written, steps in their order', async (t) => {
  const { deployments, published } = open(t);
  const more = { sources: { shop: 'd'.repeat(40) }, limit: { services: ['web'], containers: [] }, pulled: { 'redis:7': ['sha256:a'] } };
  await deployments.create(record('d1', { ...more, steps: [pushStep] }));
  for (let n = 11; n > 0; n--) await deployments.setStep('d1', n, { ...pushStep, name: `step-${n}` });
  await deployments.setStep('d1', 0, { ...pushStep, state: 'succeeded', ms: 12 });
  await deployments.update('d1', { state: 'succeeded', message: 'done', finishedAt: '2026-01-01T00:00:09Z' });
  const found = await deployments.get('d1');
  t.like(found, { ...more, state: 'succeeded', message: 'done', finishedAt: '2026-01-01T00:00:09Z' });
  t.deepEqual(found?.steps[0], { ...pushStep, state: 'succeeded', ms: 12 });
  t.is(found?.steps[11]?.name, 'step-11');
  t.deepEqual(published.at(-1), { type: 'deployment', id: 'd1', environment: 'staging', app: 'shop', state: 'succeeded' });
});

test.serial('lists are newest first, by environment and by application', async (t) => {
  const { deployments } = open(t);
  await deployments.create(record('d1'));
  await deployments.create(record('d2', { app: 'blog' }));
  await deployments.create(record('d3', { environment: 'production' }));
  const ids = async (query: Parameters<typeof deployments.list>[0]) => (await deployments.list(query)).map(({ id }) => id);
  t.deepEqual(await ids({ limit: 10 }), ['d3', 'd2', 'd1']);
  t.deepEqual(await ids({ limit: 2 }), ['d3', 'd2']);
  t.deepEqual(await ids({ environment: 'staging', limit: 10 }), ['d2', 'd1']);
  t.deepEqual(await ids({ environment: 'staging', app: 'shop', limit: 10 }), ['d1']);
  t.deepEqual(await ids({ app: 'shop', limit: 10 }), ['d3', 'd1']);
  t.deepEqual(await ids({ environment: 'none', limit: 10 }), []);
});

test.serial('the newest 500 are kept, and nothing of an older one is left', async (t) => {
  const { deployments, redis } = open(t);
  await deployments.create(record('old'));
  await deployments.appendLog('old', [{ at: '', step: '', line: 'x' }]);
  await Promise.all(Array.from({ length: 500 }, (_, n) => deployments.create(record(`d${n}`))));
  t.is((await deployments.list({ limit: 1_000 })).length, 500);
  t.is((await deployments.list({ environment: 'staging', app: 'shop', limit: 1_000 })).length, 500);
  t.deepEqual(await redis.keys('windlass:deployment:old*'), []);
  await deployments.update('old', { message: 'late' });
  await deployments.appendLog('old', [{ at: '', step: '', line: 'late' }]);
  t.is(await deployments.get('old'), undefined);
  t.is(await deployments.readLog('old', 0, 10), undefined);
});

test.serial('a log keeps its newest 20,000 lines, and lines keep their number', async (t) => {
  const { deployments, published } = open(t);
  await deployments.create(record('d1'));
  const line = (n: number) => ({ at: '2026-01-01T00:00:00Z', step: 'web:1', line: `line ${n}` });
  for (let from = 0; from < 20_500; from += 2_050) {
    await deployments.appendLog(
      'd1',
      Array.from({ length: 2_050 }, (_, n) => line(from + n)),
    );
  }
  t.deepEqual(published.at(-1), { type: 'log', deployment: 'd1', next: 20_500 });
  t.deepEqual(await deployments.readLog('d1', 20_498, 10), { lines: [line(20_498), line(20_499)], next: 20_500 });
  const oldest = await deployments.readLog('d1', 0, 2);
  t.deepEqual(oldest, { lines: [line(500), line(501)], next: 502 });
  t.deepEqual(await deployments.readLog('d1', 20_500, 10), { lines: [], next: 20_500 });
});

test.serial('states and environments are kept, and a change of state is told', async (t) => {
  const { redis, events, published } = open(t);
  const states = createStateStore<{ readonly frozen: boolean }>(redis, events);
  const target = appTarget('staging', 'shop');
  t.is(await states.readState(target), undefined);
  const state = {
    deployed: undefined,
    deployedSources: {},
    wanted: 'a'.repeat(40),
    state: 'failed',
    message: 'no',
    deployment: 'd1',
    failed: { commit: 'a'.repeat(40), sources: {} },
    part: {
      revision: { commit: 'b'.repeat(40), sources: {} },
      declared: { environment, root: { environments: [environment], hosts: [], sources: [] } },
      scope: { canary: true },
      canary: { since: '2026-01-01T00:00:00Z', services: [{ name: 'web', containers: ['staging-shop-web-1'], of: 3 }] },
    },
  } as const;
  await states.writeState(target, state);
  const kept = JSON.parse(JSON.stringify(state.part));
  t.deepEqual(await states.readState(target), { ...state, part: kept });
  t.deepEqual(published, [{ type: 'status', environment: 'staging', app: 'shop' }]);
  await states.writeEnvironment('staging', { frozen: true });
  t.deepEqual(await states.readEnvironment('staging'), { frozen: true });
  t.deepEqual(await states.environments(), ['staging']);
  await states.forgetEnvironment('staging');
  t.deepEqual(await states.environments(), []);
});

test.serial('events reach whoever follows, until it ends, and again after an outage', async (t) => {
  const redis = connect(server.url, 'worker', silentLog);
  const events = createEvents(redis, silentLog);
  t.teardown(() => {
    events.close();
    redis.disconnect();
  });
  let heard = 0;
  const end = events.subscribe(() => heard++);
  const hears = async () => {
    const before = heard;
    while (heard === before) {
      await events.publish({ type: 'hosts' });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await hears();
  await server.crash();
  await hears();
  end();
  const after = heard;
  await events.publish({ type: 'hosts' });
  await redis.ping();
  t.is(heard, after);
});
