import test from 'ava';
import type { RecreateContainerStep } from '../../../src/model/step.ts';
import { aContainer } from '../../containers/a-container.ts';
import { createWorld, signal, type World } from './world.ts';

let world: World;
test.before(async () => {
  world = await createWorld();
});
test.after.always(() => world?.test.stop());

const serving = { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'] };
const version = (spec: string) => aContainer({ version: spec, spec: serving, files: [world.file('/etc/app.conf', spec)], monitorMs: 100 });

/** Makes version one, unless it is to be created; its id. */
async function prepared(order: RecreateContainerStep['order'], name: string): Promise<string | undefined> {
  if (order === 'create') return undefined;
  await world.agent().recreate(world.step('create', name, version('one')), signal);
  const id = (await world.inspect(name))?.Id ?? '';
  if (order === 'start') await world.engine.stopContainer(id);
  return id;
}

const namesAfter = { create: [''], start: [''], 'start-first': ['', '.next'], 'stop-first': [''] };

const diesAndGoesOn = test.macro({
  exec: async (t, order: RecreateContainerStep['order'], point: string) => {
    const name = `${order}-${point.replace(':', '-')}`;
    const current = await prepared(order, name);
    const step = world.step(order, name, version('two'), current);
    t.true(await world.dyingAt(point, (agent) => agent.recreate(step, signal)), 'it came by there');

    t.like(await world.agent().recreate(step, signal), { ok: true });
    t.deepEqual(
      await world.names(name),
      namesAfter[order].map((suffix) => name + suffix),
    );
    const made = order === 'start-first' ? `${name}.next` : name;
    t.is(await world.read(made, 'cat', '/etc/app.conf'), 'two');
    if (order === 'start-first') t.true((await world.inspect(current ?? ''))?.State.Running);
    const again = (await world.inspect(made))?.State.StartedAt;
    t.like(await world.agent().recreate(step, signal), { ok: true });
    t.is((await world.inspect(made))?.State.StartedAt, again, 'once it is right it is left alone');
  },
  title: (_, order: string, point: string) => `${order}: dies at ${point}, and the same step again ends right`,
});

for (const point of ['recreate:created', 'recreate:placed', 'recreate:started', 'recreate:ready']) {
  test(diesAndGoesOn, 'create', point);
  test(diesAndGoesOn, 'start-first', point);
  test(diesAndGoesOn, 'stop-first', point);
  if (point !== 'recreate:created') test(diesAndGoesOn, 'start', point);
}
for (const point of ['recreate:stopped-old', 'recreate:removed-old', 'recreate:renamed']) test(diesAndGoesOn, 'stop-first', point);

const diesThenFails = test.macro({
  exec: async (t, point: string) => {
    const name = `fails-${point.replace(':', '-')}`;
    const current = await prepared('stop-first', name);
    const healthcheck = { test: ['CMD', 'false'], intervalMs: 50, timeoutMs: 1000, startPeriodMs: 0, retries: 1 };
    const container = { ...version('two'), spec: { ...version('two').spec, healthcheck } };
    const step = world.step('stop-first', name, container, current);
    t.true(await world.dyingAt(point, (agent) => agent.recreate(step, signal)));
    t.false((await world.inspect(current ?? ''))?.State.Running);

    t.like(await world.agent().recreate(step, signal), { ok: false, undone: true });
    t.deepEqual(await world.names(name), [name]);
    t.like(await world.inspect(name), { Id: current, State: { Running: true } });
  },
  title: (_, point: string) => `stop-first: dies at ${point}, then the new one fails: the old one runs again`,
});
test(diesThenFails, 'recreate:stopped-old');
test(diesThenFails, 'recreate:started');
test(diesThenFails, 'recreate:withdrawn');

test('stop-first: a candidate that runs beside the old one is made again, alone', async (t) => {
  const current = await prepared('stop-first', 'beside-1');
  await world.agent().recreate(world.step('start-first', 'beside-1', version('two'), current), signal);
  const beside = (await world.inspect('beside-1.next'))?.Id;
  t.like(await world.agent().recreate(world.step('stop-first', 'beside-1', version('two'), current), signal), { ok: true });
  t.not((await world.inspect('beside-1'))?.Id, beside);
});

test('stop-first: died before the renaming, and meanwhile another version is wanted', async (t) => {
  const current = await prepared('stop-first', 'superseded-1');
  await world.dyingAt('recreate:removed-old', (agent) =>
    agent.recreate(world.step('stop-first', 'superseded-1', version('two'), current), signal),
  );
  const two = (await world.inspect('superseded-1.next'))?.Id;
  t.like(await world.agent().recreate(world.step('create', 'superseded-1', version('three')), signal), { ok: true });
  t.is((await world.inspect('superseded-1'))?.Id, two, 'the one that serves is kept until a plan replaces it');
  t.like(await world.agent().recreate(world.step('stop-first', 'superseded-1', version('three'), two), signal), { ok: true });
  t.deepEqual(await world.names('superseded-1'), ['superseded-1']);
  t.is(await world.read('superseded-1', 'cat', '/etc/app.conf'), 'three');
});

const removalDies = test.macro({
  exec: async (t, point: string) => {
    const name = point.replace(':', '-');
    const current = (await prepared('start-first', name)) ?? '';
    await world.agent().recreate(world.step('start-first', name, version('two'), current), signal);
    const candidate = (await world.inspect(`${name}.next`))?.Id ?? '';
    const step = {
      kind: 'remove-container' as const,
      name,
      host: 'host-1',
      reason: 'test',
      remove: [current],
      drainMs: 0,
      drift: 'repair',
      rename: { container: candidate, to: name },
    };
    t.true(await world.dyingAt(point, (agent) => agent.remove(step, signal)));
    t.like(await world.agent().remove(step, signal), { ok: true });
    t.deepEqual(await world.names(name), [name]);
    t.is((await world.inspect(name))?.Id, candidate);
    t.like(await world.agent().remove(step, signal), { ok: true, skipped: true });
  },
  title: (_, point: string) => `removal dies at ${point}, and the same step again ends right`,
});
test(removalDies, 'remove:stopped');
test(removalDies, 'remove:removed');
test(removalDies, 'remove:renamed');

const jobDies = test.macro({
  exec: async (t, point: string) => {
    const name = point.replace(':', '-');
    const command = ['sh', '-c', 'echo ran >> /data/runs; sleep 0.5'];
    const mount = {
      type: 'volume',
      source: name,
      target: '/data',
      readOnly: false,
      tmpfsSizeBytes: undefined,
      tmpfsMode: undefined,
    } as const;
    const container = aContainer({ spec: { command, mounts: [mount] }, files: [world.file('/etc/app.conf', 'x')] });
    const step = { kind: 'run-job' as const, name, host: 'host-1', reason: 'test', container, previous: [] };
    t.true(await world.dyingAt(point, (agent) => agent.runJob(step, signal)));
    t.like(await world.agent().runJob(step, signal), { ok: true });
    t.like(await world.inspect(name), { State: { Status: 'exited', ExitCode: 0 } });

    await world.agent().recreate(world.step('create', `${name}-reader`, aContainer({ spec: { ...serving, mounts: [mount] } })), signal);
    t.is(await world.read(`${name}-reader`, 'cat', '/data/runs'), 'ran', 'it ran once');
  },
  title: (_, point: string) => `job dies at ${point}: the same step again awaits its end and does not run it twice`,
});
test(jobDies, 'job:started');
test(jobDies, 'job:exited');
test(jobDies, 'recreate:created');
test(jobDies, 'recreate:placed');
