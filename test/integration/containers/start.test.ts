import test from 'ava';
import { EngineError } from '../../../src/docker/errors.ts';
import { aContainer } from '../../containers/a-container.ts';
import { aNew, anOld, serving } from './versions.ts';
import { createWorld, signal, type World } from './world.ts';

let world: World;
test.before(async () => {
  world = await createWorld();
});
test.after.always(() => world?.test.stop());

test('start: a stopped one runs again, with the files it should have by now', async (t) => {
  const id = await anOld(world, 'again-1');
  await world.engine.stopContainer(id);
  const container = aContainer({ spec: serving, files: [world.file('/etc/app.conf', 'newer')], checks: [['true', 'again']] });
  t.like(await world.agent().recreate(world.step('start', 'again-1', container, id), signal), { ok: true, skipped: undefined });
  t.is(await world.read('again-1', 'cat', '/etc/app.conf'), 'newer');
  t.true(world.journal.includes('check true again'));
});

test('start: one that runs is left alone', async (t) => {
  const id = await anOld(world, 'running-1');
  const before = (await world.inspect(id))?.State.StartedAt;
  const container = aContainer({ spec: serving, files: [world.file('/etc/app.conf', 'newer')] });
  t.like(await world.agent().recreate(world.step('start', 'running-1', container, id), signal), { ok: true, skipped: true });
  t.is((await world.inspect(id))?.State.StartedAt, before);
  t.is(await world.read('running-1', 'cat', '/etc/app.conf'), 'one');
});

test('start: one that is gone, or was never finished, is made', async (t) => {
  t.like(await world.agent().recreate(world.step('start', 'gone-1', aNew(world), 'f'.repeat(64)), signal), { ok: true });
  t.is(await world.read('gone-1', 'cat', '/etc/app.conf'), 'two');

  t.true(await world.dyingAt('recreate:created', (agent) => agent.recreate(world.step('create', 'half-1', aNew(world)), signal)));
  const half = (await world.inspect('half-1'))?.Id;
  t.like(await world.agent().recreate(world.step('start', 'half-1', aNew(world), half), signal), { ok: true });
  t.is(await world.read('half-1', 'cat', '/etc/app.conf'), 'two');
});

/** An agent whose engine was killed while it started this container. */
const agentOfStuck = (id: string) =>
  world.agent({
    engine: {
      ...world.engine,
      startContainer: async (started) => {
        if (started === id) throw new EngineError(`start container ${id}: task ${id}: already exists`, { status: 500 });
        await world.engine.startContainer(started);
      },
    },
  });

test('start: one that its engine can never start again is made anew', async (t) => {
  const id = await anOld(world, 'stuck-1');
  await world.engine.stopContainer(id);
  t.like(await agentOfStuck(id).recreate(world.step('start', 'stuck-1', aNew(world), id), signal), { ok: true });
  t.deepEqual(await world.names('stuck-1'), ['stuck-1']);
  t.not((await world.inspect('stuck-1'))?.Id, id);
  t.is(await world.read('stuck-1', 'cat', '/etc/app.conf'), 'two');
});

test('start: one with a volume that would go with it stays, and the error says what the engine said', async (t) => {
  const mount = {
    type: 'volume',
    source: undefined,
    target: '/data',
    readOnly: false,
    tmpfsSizeBytes: undefined,
    tmpfsMode: undefined,
  } as const;
  const id = await anOld(world, 'holds-1', { spec: { ...serving, mounts: [mount] } });
  await world.engine.stopContainer(id);
  const result = await agentOfStuck(id).recreate(world.step('start', 'holds-1', aNew(world), id), signal);
  t.like(result, { ok: false, error: { code: 'docker', message: `start container ${id}: task ${id}: already exists` } });
  t.is((await world.inspect('holds-1'))?.Id, id);
});

test('start: one that does not stay up fails with its last lines and stays for a look', async (t) => {
  const id = await anOld(world, 'down-1', {
    spec: { command: ['sh', '-c', 'test -e /ran && { echo second time; exit 1; }; touch /ran; sleep 60'] },
  });
  await world.engine.stopContainer(id, 0);
  const step = world.step('start', 'down-1', aContainer({ spec: serving, monitorMs: 20_000 }), id);
  await world.ledger.forget(id);
  const result = await world.agent().recreate(step, signal);
  t.like(result, { ok: false, error: { code: 'health', message: 'container down-1 exited with 1', output: 'second time' } });
  t.is((await world.inspect('down-1'))?.Id, id);
});
