import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { WindlassError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import type { Step } from '../../../src/model/step.ts';
import { type ConsumeStepsDependencies, consumeSteps } from '../../../src/queue/consume-steps.ts';
import { connect } from '../../../src/queue/redis.ts';
import { createStepQueue } from '../../../src/queue/steps.ts';
import { startRedis } from '../../support/redis.ts';

const step: Step = {
  kind: 'remove-container',
  name: 'staging-shop-web-1',
  host: 'web-1',
  reason: 'no longer wanted',
  remove: ['abc'],
  drainMs: 0,
};
const fence = { target: 'staging/shop', token: 7 };
const never = new AbortController().signal;

async function setUp(t: ExecutionContext) {
  const server = await startRedis();
  const redis = connect(server.url, 'worker', silentLog);
  const queue = createStepQueue({ redis, log: silentLog, now: Date.now });
  const closers: (() => unknown)[] = [];
  t.teardown(async () => {
    for (const close of closers) await close();
    await queue.close();
    redis.disconnect();
    await server.stop();
  });
  const agent = async (handler: ConsumeStepsDependencies['handler'], more: Partial<ConsumeStepsDependencies> = {}) => {
    const own = connect(server.url, 'worker', silentLog);
    const consumer = await consumeSteps({
      redis: own,
      host: 'web-1',
      session: randomUUID(),
      handler,
      onRequest: async () => {},
      concurrency: 2,
      log: silentLog,
      now: Date.now,
      ...more,
    });
    closers.push(async () => {
      await consumer.close(0);
      own.disconnect();
    });
    return { own, consumer };
  };
  const run = (signal: AbortSignal = never, onState?: (state: string) => void) =>
    queue.run({ host: 'web-1', step, fence, deployment: 'd1', signal, ...(onState ? { onState } : {}) });
  return { server, redis, queue, agent, run };
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await what()); ) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await sleep(10);
  }
}

test("a step reaches its host's agent whole and its result comes back", async (t) => {
  const { agent, run } = await setUp(t);
  const states: string[] = [];
  await agent(async (order) => {
    t.deepEqual(order, { step, fence, deployment: 'd1' });
    return { ok: true, ms: 12 };
  });
  t.deepEqual(await run(never, (state) => states.push(state)), { ok: true, ms: 12 });
  t.deepEqual(states, ['queued', 'running']);
});

test('a step that throws is a result with its code, message and output', async (t) => {
  const { agent, run } = await setUp(t);
  await agent(async () => {
    throw new WindlassError('refused', 'haproxy.cfg failed its check', { output: 'line 3: bad' });
  });
  const result = await run();
  t.like(result, { ok: false, error: { code: 'refused', message: 'haproxy.cfg failed its check', output: 'line 3: bad' } });
});

test('without an agent a step is refused', async (t) => {
  const { run } = await setUp(t);
  t.like(await t.throwsAsync(run()), { code: 'host-lost', permanent: false });
});

/** An agent process of its own, which takes one step at a time and never ends it. */
function spawnAgent(url: string): ChildProcess {
  const from = (file: string) => JSON.stringify(new URL(`../../../src/queue/${file}`, import.meta.url).href);
  const script = `
    const { consumeSteps } = await import(${from('consume-steps.js')});
    const { connect } = await import(${from('redis.js')});
    const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
    const redis = connect(${JSON.stringify(url)}, 'worker', log);
    const handler = () => new Promise(() => {});
    await consumeSteps({ redis, host: 'web-1', session: 'first', handler, onRequest: handler, concurrency: 1, log, now: Date.now });`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
}

test('an agent that is killed and comes back has lost its steps and does not find them', async (t) => {
  const { server, agent, run, redis } = await setUp(t);
  const killed = spawnAgent(server.url);
  const states: string[] = [];
  while (!(await redis.exists('windlass:host:web-1:session'))) await sleep(20);
  const running = t.throwsAsync(
    run(never, (state) => states.push(state)),
    { message: /restarted|dropped/ },
  );
  await until(() => states.includes('running'));
  const waiting = t.throwsAsync(
    run(never, (state) => states.push(state)),
    { message: /restarted|dropped/ },
  );
  await until(() => states.length === 3);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  let steps = 0;
  await agent(async () => {
    steps++;
    return { ok: true, ms: 0 };
  });
  t.like(await running, { code: 'host-lost' });
  t.like(await waiting, { code: 'host-lost' });
  t.is(steps, 0);
  t.like(await run(), { ok: true });
});

test('an agent that falls silent loses its step', async (t) => {
  const { redis, run } = await setUp(t);
  await redis.set('windlass:host:web-1:session', 'dead', 'PX', 1_000);
  const error = await t.throwsAsync(run(), { message: /does not answer/ });
  t.like(error, { code: 'host-lost' });
  await until(async () => (await redis.llen('windlass:q:agent.web-1:wait')) === 0);
});

test('a step that is given up is aborted at the agent, one that waits is removed', async (t) => {
  const { agent, run, redis } = await setUp(t);
  const aborted: unknown[] = [];
  let began = 0;
  await agent(
    async (_order, { signal }) => {
      began++;
      await sleep(60_000, undefined, { signal }).catch(() => aborted.push(signal.reason));
      return { ok: false, ms: 0 };
    },
    { concurrency: 1 },
  );
  const stop = new AbortController();
  const running = t.throwsAsync(run(stop.signal), { message: 'superseded' });
  await until(() => began === 1);
  stop.abort(new Error('superseded'));
  await running;
  await until(() => aborted.length === 1);
  t.like(aborted[0], { code: 'fenced' });
  await until(async () => (await redis.llen('windlass:q:agent.web-1:wait')) === 0);
});

test('steps keep to their number at a time, requests come through beside them', async (t) => {
  const { agent, run, queue } = await setUp(t);
  let now = 0;
  let most = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked: unknown[] = [];
  await agent(
    async () => {
      most = Math.max(most, ++now);
      await held;
      now--;
      return { ok: true, ms: 0 };
    },
    { onRequest: async (request) => void asked.push(request) },
  );
  const steps = Array.from({ length: 6 }, () => run());
  await until(() => now === 2);
  const request = { kind: 'export-image', stream: 's1', reference: 'web:windlass-1' } as const;
  t.like(await queue.request({ host: 'web-1', request, signal: never }), { ok: true });
  t.deepEqual(asked, [request]);
  release();
  t.true((await Promise.all(steps)).every(({ ok }) => ok));
  t.is(most, 2);
});

test('a step that has only to wait lets the next begin, once', async (t) => {
  const { agent, run } = await setUp(t);
  let began = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await agent(
    async (_order, { progress }) => {
      began++;
      if (began === 1) {
        progress.onlyWaits();
        progress.onlyWaits();
      }
      await held;
      return { ok: true, ms: 0 };
    },
    { concurrency: 1 },
  );
  const steps = [run()];
  await until(() => began === 1);
  steps.push(run(), run());
  await until(() => began === 2);
  await sleep(200);
  t.is(began, 2, 'the place was given away twice');
  release();
  t.is((await Promise.all(steps)).length, 3);
  t.is(began, 3);
});

test('a held step gives its place away, waits for its word and hears it, also where it was said unheard', async (t) => {
  const { agent, redis, queue } = await setUp(t);
  const heard: string[] = [];
  await agent(
    async ({ step: { name } }, { progress, signal }) => {
      const word = await progress.held(signal);
      heard.push(`${name} ${word}`);
      progress.verified();
      return { ok: true, ms: 0, ...(word === 'release' ? { released: true } : {}) };
    },
    { concurrency: 1 },
  );
  const says = new Map<string, (word: 'go' | 'release') => Promise<void>>();
  const states: string[] = [];
  const run = (name: string) =>
    queue.run({
      host: 'web-1',
      step: { ...step, name },
      fence,
      deployment: 'd1',
      signal: never,
      onState: (state) => states.push(`${name} ${state}`),
      onHeld: (say) => says.set(name, say),
    });
  const steps = [run('one'), run('two'), run('three')];
  await until(() => says.size === 3);
  t.deepEqual(heard, []);
  await says.get('one')?.('go');
  await says.get('one')?.('release');
  t.deepEqual(await steps[0], { ok: true, ms: 0 });
  await says.get('two')?.('release');
  t.deepEqual(await steps[1], { ok: true, ms: 0, released: true });
  // As if the publication had been lost: the key alone is set.
  const jobs = (await redis.keys('windlass:q:agent.web-1:*-*-*-*-*')).filter((key) => !key.endsWith(':lock'));
  const waiting = (
    await Promise.all(jobs.map(async (key) => ((await redis.hget(key, 'finishedOn')) ? [] : [key.split(':').at(-1)])))
  ).flat();
  t.is(waiting.length, 1);
  await redis.set(`windlass:word:${waiting[0]}`, 'go');
  t.true((await steps[2])?.ok);
  t.deepEqual(heard, ['one go', 'two release', 'three go']);
  t.true(states.includes('one verified'));
});

test('a held step whose controller gives it up is aborted', async (t) => {
  const { agent, queue } = await setUp(t);
  let reason = '';
  await agent(async (_order, { progress, signal }) => {
    await progress.held(signal).catch((error: unknown) => {
      reason = String(error);
      throw error;
    });
    return { ok: true, ms: 0 };
  });
  const stop = new AbortController();
  const running = queue.run({
    host: 'web-1',
    step,
    fence,
    deployment: 'd1',
    signal: stop.signal,
    onHeld: () => stop.abort(new Error('enough')),
  });
  await t.throwsAsync(running, { message: 'enough' });
  await until(() => reason !== '');
  t.regex(reason, /gave the step up/);
});

test('a step outlives an outage of Redis', async (t) => {
  const { agent, run, server } = await setUp(t);
  let began = false;
  await agent(async () => {
    began = true;
    await sleep(1_500);
    return { ok: true, ms: 1 };
  });
  const running = run();
  await until(() => began);
  await server.crash();
  t.like(await running, { ok: true });
});
