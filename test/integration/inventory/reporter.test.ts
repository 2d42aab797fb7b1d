import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createEngine } from '../../../src/docker/create-engine.ts';
import type { Engine } from '../../../src/docker/engine.ts';
import { createLedger } from '../../../src/inventory/ledger.ts';
import { startReporter } from '../../../src/inventory/reporter.ts';
import { createInventoryStore, inventoryChannel } from '../../../src/inventory/store.ts';
import { silentLog } from '../../../src/log.ts';
import type { ContainerRecord } from '../../../src/model/host.ts';
import { connect, duplicate } from '../../../src/queue/redis.ts';
import { startEngine } from '../../support/engine.ts';
import { startRedis } from '../../support/redis.ts';

const host = 'one';
const facts = { name: host, address: '192.0.2.1', labels: {}, cpus: 1, memory: 2 ** 30, engine: '20', session: 's' };
const labels = { 'windlass.environment': 'staging', 'windlass.app': 'shop', 'windlass.service': 'web' };

const [machine, server] = await Promise.all([startEngine(), startRedis()]);
const redis = connect(server.url, 'worker', silentLog);
const store = createInventoryStore(redis);
const directory = await mkdtemp(join(tmpdir(), 'windlass-reporter-'));
const told: number[] = [];
const subscriber = duplicate(redis, silentLog);
await subscriber.subscribe(inventoryChannel);
subscriber.on('message', () => told.push(Date.now()));

/** The engine's stream of events, in the test's hands. */
const stream = { broken: new AbortController(), open: Promise.resolve() };
const real = createEngine({ url: machine.dockerHost });
const engine: Engine = {
  ...real,
  events: async (onEvent, signal, onOpen) => {
    await stream.open;
    stream.broken = new AbortController();
    await real.events(onEvent, AbortSignal.any([signal, stream.broken.signal]), onOpen);
  },
};
const ledger = await createLedger(directory);
/** When each container started that the reporter has looked at. */
const starts = new Map<string, string>();
const reporter = await startReporter({
  engine,
  ledger,
  store,
  facts,
  noteStart: async ({ Id, State }) => void starts.set(Id, State.StartedAt),
  sweep: async () => {},
  vitals: () => ({ version: '0', residentBytes: 0, lagSeconds: 0 }),
  log: silentLog,
  now: () => Date.now(),
});
test.after.always(async () => {
  await reporter.close();
  subscriber.disconnect();
  redis.disconnect();
  await Promise.all([machine.stop(), server.stop(), rm(directory, { recursive: true, force: true })]);
});

const known = async (): Promise<readonly ContainerRecord[]> => (await store.readHosts())[0]?.containers ?? [];
const seen = async (id: string) => (await known()).find((record) => record.id === id);
/** Waits until Redis says so of the container; as long as it takes. */
async function until(id: string, is: (record: ContainerRecord | undefined) => boolean): Promise<void> {
  while (!is(await seen(id))) await sleep(10);
}
async function run(name: string, more: object = {}) {
  const container = await machine.docker.createContainer({
    name,
    Image: 'busybox:latest',
    Cmd: ['sleep', '600'],
    StopSignal: 'SIGKILL',
    Labels: labels,
    ...more,
  });
  await container.start();
  return container;
}

test.serial('what happens to a container is in Redis, whoever did it: start, health, network, name, end, removal', async (t) => {
  const healthcheck = { Test: ['CMD', 'test', '-e', '/well'], Interval: 1_000_000_000, Retries: 1 };
  const container = await run('by-hand', { Healthcheck: healthcheck });
  const { id } = container;
  await until(id, (record) => record?.state === 'running' && record.spec === undefined);
  const heal = await container.exec({ Cmd: ['touch', '/well'] });
  await heal.start({});
  await until(id, (record) => record?.health === 'healthy');
  const network = await machine.docker.createNetwork({ Name: 'side' });
  await network.connect({ Container: id });
  await until(id, (record) => record?.networks.side !== undefined);
  await network.disconnect({ Container: id });
  await until(id, (record) => record?.networks.side === undefined);
  await container.rename({ name: 'renamed' });
  await until(id, (record) => record?.name === 'renamed');
  await container.kill();
  await until(id, (record) => record?.state === 'exited');
  await container.remove();
  await until(id, (record) => record === undefined);
  t.pass();
});

test.serial('of two hundred events in a row the last state gets out', async (t) => {
  const container = await run('stormy');
  await until(container.id, (record) => record?.state === 'running');
  told.length = 0;
  for (let n = 1; n <= 200; n++) await container.rename({ name: `stormy-${n}` });
  await until(container.id, (record) => record?.name === 'stormy-200');
  t.true(told.length > 0 && told.length <= 200);
  t.log(`told ${told.length} times of 200 events`);
  await container.remove({ force: true });
});

test.serial('what happened while nobody heard the engine is found when its events are followed again', async (t) => {
  const [stays, goes] = [await run('stays'), await run('goes')];
  await until(goes.id, (record) => record?.state === 'running');
  await Promise.all([stays, goes].map(({ id }) => ledger.markReady(id)));
  let reopen = () => {};
  stream.open = new Promise((resolve) => {
    reopen = resolve;
  });
  stream.broken.abort();
  await goes.remove({ force: true });
  await stays.rename({ name: 'renamed-unheard' });
  await stays.restart();
  const comes = await run('comes');
  t.is((await seen(stays.id))?.name, 'stays');
  t.not(await seen(goes.id), undefined);
  t.is(await seen(comes.id), undefined);
  reopen();
  await until(comes.id, (record) => record?.state === 'running');
  await until(stays.id, (record) => record?.name === 'renamed-unheard');
  await until(goes.id, (record) => record === undefined);
  t.is(starts.get(stays.id), (await stays.inspect()).State.StartedAt, 'whoever keeps account of starts has been shown this one');
  await reporter.refreshAll();
  t.deepEqual(
    [stays, goes].map(({ id }) => ledger.ready(id)),
    [true, false],
    'what is gone is forgotten',
  );
  await Promise.all([stays, comes].map((one) => one.remove({ force: true })));
});
