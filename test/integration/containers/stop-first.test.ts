import test from 'ava';
import { WindlassError } from '../../../src/errors.ts';
import { aContainer } from '../../containers/a-container.ts';
import { aNew, anOld, checkedWith, serving } from './versions.ts';
import { createWorld, signal, type World } from './world.ts';

let world: World;
test.before(async () => {
  world = await createWorld();
});
test.after.always(() => world?.test.stop());

test('what is to be replaced is replaced, even by its like', async (t) => {
  const like = aContainer({ spec: serving, files: [world.file('/etc/app.conf', 'one')] });
  const old = await anOld(world, 'like-1');
  t.like(await world.agent().recreate(world.step('stop-first', 'like-1', like, old), signal), { ok: true });
  t.not((await world.inspect('like-1'))?.Id, old);
});

test('stop-first: the new one takes over the name and the published port', async (t) => {
  const port = { target: 80, protocol: 'tcp' as const, published: 8101, hostIp: undefined };
  const spec = { command: ['httpd', '-f', '-p', '80', '-h', '/etc'], ports: [port], stopSignal: 'SIGKILL' };
  const old = await anOld(world, 'port-1', { spec });
  const refused = await world.agent().recreate(world.step('start-first', 'port-1', aNew(world, { spec }), old), signal);
  t.regex(refused.error?.message ?? '', /port is already allocated/);
  t.deepEqual(await world.names('port-1'), ['port-1']);

  const result = await world.agent().recreate(world.step('stop-first', 'port-1', aNew(world, { spec }), old), signal);
  t.like(result, { ok: true });
  t.deepEqual(await world.names('port-1'), ['port-1']);
  t.is(await (await fetch(`http://${world.test.address}:8101/app.conf`)).text(), 'two');
  t.is(await world.inspect(old), undefined);
});

test('stop-first: two never run at once, and the files are placed before the old one stops', async (t) => {
  const old = await anOld(world, 'alone-1');
  const journal: string[] = [];
  const engine = {
    ...world.engine,
    stopContainer: async (id: string) => {
      journal.push('stop');
      await world.engine.stopContainer(id);
    },
    startContainer: async (id: string) => {
      journal.push((await world.inspect(old))?.State.Running ? 'start beside' : 'start alone');
      await world.engine.startContainer(id);
    },
  };
  const place = async () => {
    journal.push('place');
  };
  await world.agent({ engine, place }).recreate(world.step('stop-first', 'alone-1', aNew(world), old), signal);
  t.deepEqual(journal, ['place', 'stop', 'start alone']);
});

test('stop-first: when the new one fails the old one runs again', async (t) => {
  const old = await anOld(world, 'back-1');
  const container = aNew(world, { spec: checkedWith('exit 1') });
  const result = await world.agent().recreate(world.step('stop-first', 'back-1', container, old), signal);
  t.like(result, { ok: false, undone: true, error: { code: 'health' } });
  t.deepEqual(await world.names('back-1'), ['back-1']);
  t.true((await world.inspect(old))?.State.Running);
});

test('stop-first: what fails before the old one stops does not stop it', async (t) => {
  const old = await anOld(world, 'unstopped-1');
  const before = (await world.inspect(old))?.State.StartedAt;
  const container = aNew(world, { spec: { ...serving, readOnly: true } });
  const result = await world.agent().recreate(world.step('stop-first', 'unstopped-1', container, old), signal);
  t.like(result, { ok: false, undone: undefined });
  t.is((await world.inspect(old))?.State.StartedAt, before);
  t.deepEqual(await world.names('unstopped-1'), ['unstopped-1']);
});

test('stop-first: an old one that does not start again is named beside what failed', async (t) => {
  const old = await anOld(world, 'stuck-1');
  const engine = {
    ...world.engine,
    startContainer: async (id: string) => {
      if (id === old) throw new WindlassError('docker', 'start container: no space left');
      await world.engine.startContainer(id);
    },
  };
  const step = world.step(
    'stop-first',
    'stuck-1',
    aNew(world, { spec: { command: ['sh', '-c', 'echo bye; exit 1'] }, monitorMs: 2000 }),
    old,
  );
  const result = await world.agent({ engine }).recreate(step, signal);
  t.like(result, { ok: false, undone: undefined, error: { code: 'health', output: 'bye' } });
  t.is(
    result.error?.message,
    'container stuck-1.next exited with 1; and stuck-1, which it was to replace, did not start again: start container: no space left',
  );
});

test('a run that was taken over stops where it is and takes nothing back', async (t) => {
  const old = await anOld(world, 'fenced-1');
  const controller = new AbortController();
  const reason = new Error('taken over');
  const fault = (point: string) => {
    if (point === 'recreate:stopped-old') controller.abort(reason);
  };
  const step = world.step('stop-first', 'fenced-1', aNew(world), old);
  const error = await t.throwsAsync(world.agent({ fault }).recreate(step, controller.signal));
  t.is(error, reason);
  t.false((await world.inspect(old))?.State.Running);
  t.is((await world.inspect('fenced-1.next'))?.State.Status, 'created');
  t.like(await world.agent().recreate(step, signal), { ok: true });
  t.deepEqual(await world.names('fenced-1'), ['fenced-1']);
});
