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

test('a failed check touches nothing', async (t) => {
  const old = await anOld(world, 'checked-1');
  const container = aNew(world, { checks: [['true'], ['false', '-x']] });
  const result = await world.agent().recreate(world.step('start-first', 'checked-1', container, old), signal);
  t.like(result, { ok: false, error: { code: 'refused', message: 'the check failed', output: 'line 1: bad' } });
  t.deepEqual(await world.names('checked-1'), ['checked-1']);
});

test('start-first: the candidate becomes ready beside the old one', async (t) => {
  const old = await anOld(world, 'beside-1');
  t.like(await world.agent().recreate(world.step('start-first', 'beside-1', aNew(world), old), signal), { ok: true });
  t.deepEqual(await world.names('beside-1'), ['beside-1', 'beside-1.next']);
  t.true((await world.inspect(old))?.State.Running);
  t.is(await world.read('beside-1.next', 'cat', '/etc/app.conf'), 'two');
});

test('start-first: a right candidate of a killed run is kept, one with other files is not', async (t) => {
  const old = await anOld(world, 'kept-1');
  const run = async (content: string) => {
    const container = aNew(world, { files: [world.file('/etc/app.conf', content)] });
    t.like(await world.agent().recreate(world.step('start-first', 'kept-1', container, old), signal), { ok: true });
    return (await world.inspect('kept-1.next'))?.Id;
  };
  const first = await run('two');
  t.is(await run('two'), first);
  t.not(await run('three'), first);
  const third = (await world.inspect('kept-1.next'))?.Id ?? '';
  await world.ledger.record(third, { '/etc/extra.conf': { installed: 'sha256:0', loaded: 'sha256:0' } });
  t.not(await run('three'), third, 'a file too many');
  t.is(await world.read('kept-1.next', 'cat', '/etc/app.conf'), 'three');
});

test('start-first: an unhealthy candidate is removed and the old one has not been touched', async (t) => {
  const old = await anOld(world, 'sick-1');
  const before = await world.inspect(old);
  const container = aNew(world, { spec: checkedWith('echo no database; exit 1') });
  const result = await world.agent().recreate(world.step('start-first', 'sick-1', container, old), signal);
  t.like(result, {
    ok: false,
    undone: undefined,
    error: {
      code: 'health',
      message: 'container sick-1.next is unhealthy: its healthcheck ended with 1: no database',
      output: 'no database\nup',
    },
  });
  t.deepEqual(await world.names('sick-1'), ['sick-1']);
  t.deepEqual((await world.inspect(old))?.State, before?.State);
});

test('start-first: what cannot be installed leaves no candidate', async (t) => {
  const old = await anOld(world, 'readonly-1');
  const container = aNew(world, { spec: { ...serving, readOnly: true } });
  const result = await world.agent().recreate(world.step('start-first', 'readonly-1', container, old), signal);
  t.false(result.ok);
  t.deepEqual(await world.names('readonly-1'), ['readonly-1']);
});

test('start-first: a candidate of another image is not kept', async (t) => {
  const old = await anOld(world, 'image-1');
  const base = await world.engine.createContainer({ Image: 'busybox:latest' });
  const { Id } = await world.test.docker.getContainer(base).commit({ repo: 'moved' });
  t.like(await world.agent().recreate(world.step('start-first', 'image-1', aNew(world), old), signal), { ok: true });
  const ensureImage = async () => Id;
  t.like(await world.agent({ ensureImage }).recreate(world.step('start-first', 'image-1', aNew(world), old), signal), { ok: true });
  t.is((await world.inspect('image-1.next'))?.Image, Id);
});

test('start-first: the installer’s refusal is the result, in its own words', async (t) => {
  const old = await anOld(world, 'install-1');
  const place = async () => {
    throw new WindlassError('install', 'cannot write /etc/app.conf', { output: 'read-only' });
  };
  const result = await world.agent({ place }).recreate(world.step('start-first', 'install-1', aNew(world), old), signal);
  t.like(result, { ok: false, error: { code: 'install', message: 'cannot write /etc/app.conf', output: 'read-only' } });
  t.deepEqual(await world.names('install-1'), ['install-1']);
});

test('start-first: a mistake of windlass is thrown, after the candidate is gone', async (t) => {
  const old = await anOld(world, 'mistake-1');
  const mistake = new TypeError('undefined is not a function');
  const place = async () => {
    throw mistake;
  };
  t.is(await t.throwsAsync(world.agent({ place }).recreate(world.step('start-first', 'mistake-1', aNew(world), old), signal)), mistake);
  t.deepEqual(await world.names('mistake-1'), ['mistake-1']);
});

test('start-first: a stranger with the candidate’s name is named and not touched', async (t) => {
  const old = await anOld(world, 'strange-1');
  const id = await world.engine.createContainer({ name: 'strange-1.next', Image: 'busybox:latest' });
  const result = await world.agent().recreate(world.step('start-first', 'strange-1', aNew(world), old), signal);
  t.regex(result.error?.message ?? '', /strange-1\.next that windlass did not make/);
  t.is((await world.inspect('strange-1.next'))?.Id, id);
});

test('ready is what the healthcheck says, not that it runs', async (t) => {
  const container = aContainer({ spec: checkedWith('test -e /tmp/warm', 50) });
  const run = world.agent().recreate(world.step('create', 'gate-1', container), signal);
  const first = await Promise.race([run.then(() => 'done'), untilRunning('gate-1')]);
  t.is(first, 'running');
  await world.read('gate-1', 'touch', '/tmp/warm');
  t.like(await run, { ok: true });
  t.is((await world.inspect('gate-1'))?.State.Health?.Status, 'healthy');
});

async function untilRunning(name: string): Promise<string> {
  while (!(await world.inspect(name))?.State.Running) await new Promise((resolve) => setTimeout(resolve, 20));
  return 'running';
}

test('a current one that still has the candidate’s name gets its own before it is replaced', async (t) => {
  const id = await anOld(world, 'renamed-1');
  await world.engine.renameContainer(id, 'renamed-1.next');
  t.like(await world.agent().recreate(world.step('start-first', 'renamed-1', aNew(world), id), signal), { ok: true });
  t.is((await world.inspect('renamed-1'))?.Id, id);
  t.not((await world.inspect('renamed-1.next'))?.Id, id);
});
