import test from 'ava';
import { aContainer } from '../../containers/a-container.ts';
import { aNew, anOld } from './versions.ts';
import { createWorld, signal, type World } from './world.ts';

let world: World;
test.before(async () => {
  world = await createWorld();
});
test.after.always(() => world?.test.stop());

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
  const id = await anOld(world, 'twice-1');
  t.is(await anOld(world, 'twice-1'), id);
});

test('create: what a killed run left with another spec is replaced', async (t) => {
  const id = await anOld(world, 'stale-1');
  await world.ledger.forget(id);
  t.like(await world.agent().recreate(world.step('create', 'stale-1', aNew(world)), signal), { ok: true });
  t.is(await world.read('stale-1', 'cat', '/etc/app.conf'), 'two');
  t.is(await world.inspect(id), undefined);
});

test('create: one with another spec that works is left for the next plan', async (t) => {
  const id = await anOld(world, 'works-1');
  t.like(await world.agent().recreate(world.step('create', 'works-1', aNew(world)), signal), { ok: true, skipped: true });
  t.true((await world.inspect(id))?.State.Running);
});

test('create: a working candidate whose takeover died gets the final name and is left for the next plan', async (t) => {
  const id = await anOld(world, 'orphan-1');
  await world.engine.renameContainer(id, 'orphan-1.next');
  t.like(await world.agent().recreate(world.step('create', 'orphan-1', aNew(world)), signal), { ok: true });
  t.is((await world.inspect('orphan-1'))?.Id, id);
  t.deepEqual(await world.names('orphan-1'), ['orphan-1']);
});

test('create: a candidate that never worked goes before the new one starts', async (t) => {
  const id = await anOld(world, 'never-1');
  await world.ledger.forget(id);
  await world.engine.renameContainer(id, 'never-1.next');
  t.like(await world.agent().recreate(world.step('create', 'never-1', aNew(world)), signal), { ok: true });
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
  const id = await anOld(world, 'other-1');
  const container = aNew(world);
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
  t.regex(result.error?.message ?? '', /exited (with 1 and is being|and was) restarted/);
});

test('create: one that does its work and may rest is ready', async (t) => {
  const step = world.step('create', 'rests-1', aContainer({ spec: { command: ['true'] }, monitorMs: 2000 }));
  t.like(await world.agent().recreate(step, signal), { ok: true });
  t.like(await world.inspect('rests-1'), { State: { Status: 'exited', ExitCode: 0 } });
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
  const container = aNew(world, { checks: [['a'], ['b']] });
  await world.agent({ engine, check }).recreate(world.step('create', 'order-1', container), signal);
  t.deepEqual(journal, ['check a', 'check b', 'create order-1']);
});

test('an external network or volume that is not there is named', async (t) => {
  const network = { name: 'nowhere', internal: false, labels: {}, external: true };
  const result = await world.agent().recreate(world.step('create', 'external-1', aContainer({ networks: [network] })), signal);
  t.regex(result.error?.message ?? '', /external network nowhere is not there/);
  const volume = { name: 'nothing', driverOptions: {}, labels: {}, external: true };
  const second = await world.agent().recreate(world.step('create', 'external-1', aContainer({ volumes: [volume] })), signal);
  t.regex(second.error?.message ?? '', /external volume nothing is not there/);
});

test('create: a network is made with its own range of addresses, and a container with the one it asks for', async (t) => {
  const lan = {
    name: 'lan-with-range',
    internal: false,
    labels: {},
    external: false,
    attachable: true,
    driverOptions: { 'com.docker.network.bridge.name': 'br-lan' },
    ipam: { config: [{ subnet: '198.51.100.0/24', gateway: '198.51.100.254' }] },
  };
  const networks = [
    { name: 'bridge', aliases: [] },
    { name: lan.name, aliases: ['www'], ipv4Address: '198.51.100.7' },
  ];
  const container = aContainer({ spec: { command: ['sleep', '60'], networks }, networks: [lan] });
  t.like(await world.agent().recreate(world.step('create', 'ranged-1', container), signal), { ok: true });
  const joined = (await world.inspect('ranged-1'))?.NetworkSettings.Networks['lan-with-range'];
  t.like(joined, { IPAddress: '198.51.100.7', Gateway: '198.51.100.254' });
  const made = await world.engine.inspectNetwork('lan-with-range');
  t.like(made, { Attachable: true, Options: { 'com.docker.network.bridge.name': 'br-lan' } });
});

test('create: what an older engine would pass over is refused, and nothing is made', async (t) => {
  const { apiVersion } = await world.engine.info();
  if (Number(apiVersion.split('.')[1]) >= 45) return t.pass('this engine knows it');
  const mounts = [
    { type: 'volume', source: 'data', target: '/data', readOnly: false, tmpfsSizeBytes: undefined, tmpfsMode: undefined, subpath: 'a' },
  ] as const;
  const result = await world.agent().recreate(world.step('create', 'subpath-1', aContainer({ spec: { mounts } })), signal);
  t.regex(result.error?.message ?? '', /^subpath of a volume needs Docker Engine 26; this host has /);
  t.is(await world.inspect('subpath-1'), undefined);
});
