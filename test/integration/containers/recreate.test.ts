import test from 'ava';
import { WindlassError } from '../../../src/errors.ts';
import { aContainer } from '../../containers/a-container.ts';
import { createWorld, signal, type World } from './world.ts';

let world: World;
test.before(async () => {
  world = await createWorld();
});
test.after.always(() => world?.test.stop());

/** Runs until it is asked to stop. */
const serving = { command: ['sh', '-c', 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'] };
const checkedWith = (test: string, retries = 2) => ({
  ...serving,
  healthcheck: { test: ['CMD-SHELL', test], intervalMs: 100, timeoutMs: 30_000, startPeriodMs: 0, retries },
});

/** A container of version one with a file, running under the name; its id. */
async function anOld(name: string, over: Parameters<typeof aContainer>[0] = {}): Promise<string> {
  const container = aContainer({ spec: serving, files: [world.file('/etc/app.conf', 'one')], ...over });
  const result = await world.agent().recreate(world.step('create', name, container), signal);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return (await world.inspect(name))?.Id ?? '';
}
const aNew = (over: Parameters<typeof aContainer>[0] = {}) =>
  aContainer({ version: 'two', spec: serving, files: [world.file('/etc/app.conf', 'two')], ...over });

test('create: the file is there before the process starts, and the container is ready', async (t) => {
  const files = [world.file('/etc/deep/app.conf', 'hello')];
  const command = ['sh', '-c', 'cat /etc/deep/app.conf > /seen; exec sleep 60'];
  const result = await world.agent().recreate(world.step('create', 'create-1', aContainer({ spec: { command }, files })), signal);
  t.like(result, { ok: true });
  t.is(await world.read('create-1', 'cat', '/seen'), 'hello');
  const { Id = '', State } = (await world.inspect('create-1')) ?? {};
  t.true(State?.Running);
  t.true(world.ledger.ready(Id));
  const hash = files[0]?.hash ?? '';
  t.deepEqual(world.ledger.configs(Id), { '/etc/deep/app.conf': { installed: hash, loaded: hash } });
});

test('create: doing it twice leaves the same container running', async (t) => {
  const id = await anOld('twice-1');
  t.is(await anOld('twice-1'), id);
});

test('create: what a killed run left with another spec is replaced', async (t) => {
  const id = await anOld('stale-1');
  await world.ledger.forget(id);
  t.like(await world.agent().recreate(world.step('create', 'stale-1', aNew()), signal), { ok: true });
  t.is(await world.read('stale-1', 'cat', '/etc/app.conf'), 'two');
  t.is(await world.inspect(id), undefined);
});

test('create: one with another spec that works is left for the next plan', async (t) => {
  const id = await anOld('works-1');
  t.like(await world.agent().recreate(world.step('create', 'works-1', aNew()), signal), { ok: true, skipped: true });
  t.true((await world.inspect(id))?.State.Running);
});

test('create: a working candidate whose takeover died gets the final name and is left for the next plan', async (t) => {
  const id = await anOld('orphan-1');
  await world.engine.renameContainer(id, 'orphan-1.next');
  t.like(await world.agent().recreate(world.step('create', 'orphan-1', aNew()), signal), { ok: true });
  t.is((await world.inspect('orphan-1'))?.Id, id);
  t.deepEqual(await world.names('orphan-1'), ['orphan-1']);
});

test('create: a candidate that never worked goes before the new one starts', async (t) => {
  const id = await anOld('never-1');
  await world.ledger.forget(id);
  await world.engine.renameContainer(id, 'never-1.next');
  t.like(await world.agent().recreate(world.step('create', 'never-1', aNew()), signal), { ok: true });
  t.deepEqual(await world.names('never-1'), ['never-1']);
  t.is(await world.inspect(id), undefined);
});

test('create: a foreign container of that name is named and not touched', async (t) => {
  const id = await world.engine.createContainer({ name: 'foreign-1', Image: 'busybox:latest' });
  const result = await world.agent().recreate(world.step('create', 'foreign-1', aContainer()), signal);
  t.like(result, { ok: false, error: { code: 'docker' } });
  t.regex(result.error?.message ?? '', /foreign-1 that windlass did not make/);
  t.is((await world.inspect('foreign-1'))?.Id, id);
});

test('create: another application’s container of that name is not touched', async (t) => {
  const id = await anOld('other-1');
  const container = aNew();
  const elsewhere = { ...container, labels: { ...container.labels, 'windlass.app': 'blog' } };
  const result = await world.agent().recreate(world.step('create', 'other-1', elsewhere), signal);
  t.regex(result.error?.message ?? '', /belongs elsewhere: its label windlass\.app is "shop", not "blog"/);
  t.true((await world.inspect(id))?.State.Running);
});

test('create: one that exits at once fails with its last lines and is removed', async (t) => {
  const command = ['sh', '-c', 'for i in $(seq 30); do echo line $i; done; exit 3'];
  const result = await world.agent().recreate(world.step('create', 'exits-1', aContainer({ spec: { command }, monitorMs: 2000 })), signal);
  t.like(result, { ok: false, error: { code: 'health', message: 'container exits-1 exited with 3' } });
  const lines = result.error?.output?.split('\n') ?? [];
  t.is(lines.length, 20);
  t.is(lines.at(-1), 'line 30');
  t.deepEqual(await world.names('exits-1'), []);
});

test('create: one that its policy restarts over and over is failed, not waited for', async (t) => {
  const container = aContainer({ spec: { command: ['false'], restart: 'always' }, monitorMs: 5000 });
  const result = await world.agent().recreate(world.step('create', 'loops-1', container), signal);
  t.regex(result.error?.message ?? '', /exited with 1 and is being restarted/);
});

test('create: one that does its work and may rest is ready', async (t) => {
  const step = world.step('create', 'rests-1', aContainer({ spec: { command: ['true'] }, monitorMs: 2000 }));
  t.like(await world.agent().recreate(step, signal), { ok: true });
  t.like(await world.inspect('rests-1'), { State: { Status: 'exited', ExitCode: 0 } });
});

test('a failed check touches nothing', async (t) => {
  const old = await anOld('checked-1');
  const container = aNew({ checks: [['true'], ['false', '-x']] });
  const result = await world.agent().recreate(world.step('start-first', 'checked-1', container, old), signal);
  t.like(result, { ok: false, error: { code: 'refused', message: 'the check failed', output: 'line 1: bad' } });
  t.deepEqual(await world.names('checked-1'), ['checked-1']);
});

test('checks come before anything is made', async (t) => {
  const journal: string[] = [];
  const engine = {
    ...world.engine,
    createContainer: (options: Parameters<typeof world.engine.createContainer>[0]) => {
      journal.push(`create ${options.name}`);
      return world.engine.createContainer(options);
    },
  };
  const check = async (_container: unknown, argv: readonly string[]) => {
    journal.push(`check ${argv.join(' ')}`);
  };
  const container = aNew({ checks: [['a'], ['b']] });
  await world.agent({ engine, check }).recreate(world.step('create', 'order-1', container), signal);
  t.deepEqual(journal, ['check a', 'check b', 'create order-1']);
});

test('start-first: the candidate becomes ready beside the old one', async (t) => {
  const old = await anOld('beside-1');
  t.like(await world.agent().recreate(world.step('start-first', 'beside-1', aNew(), old), signal), { ok: true });
  t.deepEqual(await world.names('beside-1'), ['beside-1', 'beside-1.next']);
  t.true((await world.inspect(old))?.State.Running);
  t.is(await world.read('beside-1.next', 'cat', '/etc/app.conf'), 'two');
});

test('start-first: a right candidate of a killed run is kept, one with other files is not', async (t) => {
  const old = await anOld('kept-1');
  const run = async (content: string) => {
    const container = aNew({ files: [world.file('/etc/app.conf', content)] });
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
  const old = await anOld('sick-1');
  const before = await world.inspect(old);
  const container = aNew({ spec: checkedWith('echo no database; exit 1') });
  const result = await world.agent().recreate(world.step('start-first', 'sick-1', container, old), signal);
  t.like(result, {
    ok: false,
    undone: undefined,
    error: { code: 'health', message: 'container sick-1.next is unhealthy', output: 'no database\nup' },
  });
  t.deepEqual(await world.names('sick-1'), ['sick-1']);
  t.deepEqual((await world.inspect(old))?.State, before?.State);
});

test('start-first: what cannot be installed leaves no candidate', async (t) => {
  const old = await anOld('readonly-1');
  const container = aNew({ spec: { ...serving, readOnly: true } });
  const result = await world.agent().recreate(world.step('start-first', 'readonly-1', container, old), signal);
  t.false(result.ok);
  t.deepEqual(await world.names('readonly-1'), ['readonly-1']);
});

test('what is to be replaced is replaced, even by its like', async (t) => {
  const like = aContainer({ spec: serving, files: [world.file('/etc/app.conf', 'one')] });
  const old = await anOld('like-1');
  t.like(await world.agent().recreate(world.step('stop-first', 'like-1', like, old), signal), { ok: true });
  t.not((await world.inspect('like-1'))?.Id, old);
});

test('start-first: a candidate of another image is not kept', async (t) => {
  const old = await anOld('image-1');
  const base = await world.engine.createContainer({ Image: 'busybox:latest' });
  const { Id } = await world.test.docker.getContainer(base).commit({ repo: 'moved' });
  t.like(await world.agent().recreate(world.step('start-first', 'image-1', aNew(), old), signal), { ok: true });
  const ensureImage = async () => Id;
  t.like(await world.agent({ ensureImage }).recreate(world.step('start-first', 'image-1', aNew(), old), signal), { ok: true });
  t.is((await world.inspect('image-1.next'))?.Image, Id);
});

test('start-first: the installer’s refusal is the result, in its own words', async (t) => {
  const old = await anOld('install-1');
  const place = async () => {
    throw new WindlassError('install', 'cannot write /etc/app.conf', { output: 'read-only' });
  };
  const result = await world.agent({ place }).recreate(world.step('start-first', 'install-1', aNew(), old), signal);
  t.like(result, { ok: false, error: { code: 'install', message: 'cannot write /etc/app.conf', output: 'read-only' } });
  t.deepEqual(await world.names('install-1'), ['install-1']);
});

test('start-first: a mistake of windlass is thrown, after the candidate is gone', async (t) => {
  const old = await anOld('mistake-1');
  const mistake = new TypeError('undefined is not a function');
  const place = async () => {
    throw mistake;
  };
  t.is(await t.throwsAsync(world.agent({ place }).recreate(world.step('start-first', 'mistake-1', aNew(), old), signal)), mistake);
  t.deepEqual(await world.names('mistake-1'), ['mistake-1']);
});

test('start-first: a stranger with the candidate’s name is named and not touched', async (t) => {
  const old = await anOld('strange-1');
  const id = await world.engine.createContainer({ name: 'strange-1.next', Image: 'busybox:latest' });
  const result = await world.agent().recreate(world.step('start-first', 'strange-1', aNew(), old), signal);
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

test('stop-first: the new one takes over the name and the published port', async (t) => {
  const port = { target: 80, protocol: 'tcp' as const, published: 8101, hostIp: undefined };
  const spec = { command: ['httpd', '-f', '-p', '80', '-h', '/etc'], ports: [port], stopSignal: 'SIGKILL' };
  const old = await anOld('port-1', { spec });
  const refused = await world.agent().recreate(world.step('start-first', 'port-1', aNew({ spec }), old), signal);
  t.regex(refused.error?.message ?? '', /port is already allocated/);
  t.deepEqual(await world.names('port-1'), ['port-1']);

  const result = await world.agent().recreate(world.step('stop-first', 'port-1', aNew({ spec }), old), signal);
  t.like(result, { ok: true });
  t.deepEqual(await world.names('port-1'), ['port-1']);
  t.is(await (await fetch(`http://${world.test.address}:8101/app.conf`)).text(), 'two');
  t.is(await world.inspect(old), undefined);
});

test('stop-first: two never run at once, and the files are placed before the old one stops', async (t) => {
  const old = await anOld('alone-1');
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
  await world.agent({ engine, place }).recreate(world.step('stop-first', 'alone-1', aNew(), old), signal);
  t.deepEqual(journal, ['place', 'stop', 'start alone']);
});

test('stop-first: when the new one fails the old one runs again', async (t) => {
  const old = await anOld('back-1');
  const container = aNew({ spec: checkedWith('exit 1') });
  const result = await world.agent().recreate(world.step('stop-first', 'back-1', container, old), signal);
  t.like(result, { ok: false, undone: true, error: { code: 'health' } });
  t.deepEqual(await world.names('back-1'), ['back-1']);
  t.true((await world.inspect(old))?.State.Running);
});

test('stop-first: what fails before the old one stops does not stop it', async (t) => {
  const old = await anOld('unstopped-1');
  const before = (await world.inspect(old))?.State.StartedAt;
  const container = aNew({ spec: { ...serving, readOnly: true } });
  const result = await world.agent().recreate(world.step('stop-first', 'unstopped-1', container, old), signal);
  t.like(result, { ok: false, undone: undefined });
  t.is((await world.inspect(old))?.State.StartedAt, before);
  t.deepEqual(await world.names('unstopped-1'), ['unstopped-1']);
});

test('stop-first: an old one that does not start again is named beside what failed', async (t) => {
  const old = await anOld('stuck-1');
  const engine = {
    ...world.engine,
    startContainer: async (id: string) => {
      if (id === old) throw new WindlassError('docker', 'start container: no space left');
      await world.engine.startContainer(id);
    },
  };
  const step = world.step('stop-first', 'stuck-1', aNew({ spec: { command: ['sh', '-c', 'echo bye; exit 1'] }, monitorMs: 2000 }), old);
  const result = await world.agent({ engine }).recreate(step, signal);
  t.like(result, { ok: false, undone: undefined, error: { code: 'health', output: 'bye' } });
  t.is(
    result.error?.message,
    'container stuck-1.next exited with 1; and stuck-1, which it was to replace, did not start again: start container: no space left',
  );
});

test('start: a stopped one runs again, with the files it should have by now', async (t) => {
  const id = await anOld('again-1');
  await world.engine.stopContainer(id);
  const container = aContainer({ spec: serving, files: [world.file('/etc/app.conf', 'newer')], checks: [['true', 'again']] });
  t.like(await world.agent().recreate(world.step('start', 'again-1', container, id), signal), { ok: true, skipped: undefined });
  t.is(await world.read('again-1', 'cat', '/etc/app.conf'), 'newer');
  t.true(world.journal.includes('check true again'));
});

test('start: one that runs is left alone', async (t) => {
  const id = await anOld('running-1');
  const before = (await world.inspect(id))?.State.StartedAt;
  const container = aContainer({ spec: serving, files: [world.file('/etc/app.conf', 'newer')] });
  t.like(await world.agent().recreate(world.step('start', 'running-1', container, id), signal), { ok: true, skipped: true });
  t.is((await world.inspect(id))?.State.StartedAt, before);
  t.is(await world.read('running-1', 'cat', '/etc/app.conf'), 'one');
});

test('start: one that is gone, or was never finished, is made', async (t) => {
  t.like(await world.agent().recreate(world.step('start', 'gone-1', aNew(), 'f'.repeat(64)), signal), { ok: true });
  t.is(await world.read('gone-1', 'cat', '/etc/app.conf'), 'two');

  t.true(await world.dyingAt('recreate:created', (agent) => agent.recreate(world.step('create', 'half-1', aNew()), signal)));
  const half = (await world.inspect('half-1'))?.Id;
  t.like(await world.agent().recreate(world.step('start', 'half-1', aNew(), half), signal), { ok: true });
  t.is(await world.read('half-1', 'cat', '/etc/app.conf'), 'two');
});

test('start: one that does not stay up fails with its last lines and stays for a look', async (t) => {
  const id = await anOld('down-1', {
    spec: { command: ['sh', '-c', 'test -e /ran && { echo second time; exit 1; }; touch /ran; sleep 60'] },
  });
  await world.engine.stopContainer(id, 0);
  const step = world.step('start', 'down-1', aContainer({ spec: serving, monitorMs: 2000 }), id);
  await world.ledger.forget(id);
  const result = await world.agent().recreate(step, signal);
  t.like(result, { ok: false, error: { code: 'health', message: 'container down-1 exited with 1', output: 'second time' } });
  t.is((await world.inspect('down-1'))?.Id, id);
});

test('a current one that still has the candidate’s name gets its own before it is replaced', async (t) => {
  const id = await anOld('renamed-1');
  await world.engine.renameContainer(id, 'renamed-1.next');
  t.like(await world.agent().recreate(world.step('start-first', 'renamed-1', aNew(), id), signal), { ok: true });
  t.is((await world.inspect('renamed-1'))?.Id, id);
  t.not((await world.inspect('renamed-1.next'))?.Id, id);
});

test('a run that was taken over stops where it is and takes nothing back', async (t) => {
  const old = await anOld('fenced-1');
  const controller = new AbortController();
  const reason = new Error('taken over');
  const fault = (point: string) => {
    if (point === 'recreate:stopped-old') controller.abort(reason);
  };
  const step = world.step('stop-first', 'fenced-1', aNew(), old);
  const error = await t.throwsAsync(world.agent({ fault }).recreate(step, controller.signal));
  t.is(error, reason);
  t.false((await world.inspect(old))?.State.Running);
  t.is((await world.inspect('fenced-1.next'))?.State.Status, 'created');
  t.like(await world.agent().recreate(step, signal), { ok: true });
  t.deepEqual(await world.names('fenced-1'), ['fenced-1']);
});

test('an external network or volume that is not there is named', async (t) => {
  const network = { name: 'nowhere', internal: false, labels: {}, external: true };
  const result = await world.agent().recreate(world.step('create', 'external-1', aContainer({ networks: [network] })), signal);
  t.regex(result.error?.message ?? '', /external network nowhere is not there/);
  const volume = { name: 'nothing', driverOptions: {}, labels: {}, external: true };
  const second = await world.agent().recreate(world.step('create', 'external-1', aContainer({ volumes: [volume] })), signal);
  t.regex(second.error?.message ?? '', /external volume nothing is not there/);
});
