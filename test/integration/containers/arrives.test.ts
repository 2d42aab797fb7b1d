import test from 'ava';
import { createOptions } from '../../../src/containers/create-options.ts';
import type { ContainerInspect } from '../../../src/docker/engine.ts';
import type { ContainerSpec } from '../../../src/model/application.ts';
import { aContainer } from '../../containers/a-container.ts';
import { createWorld, signal, type World } from './world.ts';

let world: World;
let imageId: string;
test.before(async () => {
  world = await createWorld();
  imageId = (await world.engine.inspectImage('busybox:latest'))?.Id ?? '';
});
test.after.always(() => world?.test.stop());

let made = 0;
async function inspectOf(spec: Partial<ContainerSpec>): Promise<ContainerInspect> {
  const id = await world.engine.createContainer(createOptions(aContainer({ spec }), `arrives-${++made}`, imageId));
  const found = await world.inspect(id);
  if (!found) throw new Error('it is gone');
  return found;
}

const arrives = test.macro({
  exec: async (t, spec: Partial<ContainerSpec>, wanted: object) => {
    t.like(await inspectOf(spec), wanted as Record<string, unknown>);
  },
  title: (_, spec: Partial<ContainerSpec>) => `the engine takes ${Object.keys(spec).join(', ')}: ${JSON.stringify(spec)}`,
});

const tmpfs = { tmpfsSizeBytes: undefined, tmpfsMode: undefined };

test(arrives, { command: ['sleep', '1 2'], entrypoint: ['env'] }, { Config: { Cmd: ['sleep', '1 2'], Entrypoint: ['env'] } });
test(arrives, { entrypoint: ['env'] }, { Config: { Cmd: null, Entrypoint: ['env'] } });
test(arrives, { environment: { A: '1', B: 'x=y z' } }, { Config: { Env: ['A=1', 'B=x=y z', 'PATH=/bin'] } });
test(arrives, { user: '33:44', workingDir: '/srv', hostname: 'h' }, { Config: { User: '33:44', WorkingDir: '/srv', Hostname: 'h' } });
test(arrives, { init: true, readOnly: true }, { HostConfig: { Init: true, ReadonlyRootfs: true } });
test(arrives, { stopSignal: 'SIGQUIT', stopGracePeriodMs: 1500 }, { Config: { StopSignal: 'SIGQUIT', StopTimeout: 2 } });
test(arrives, { capAdd: ['NET_ADMIN'], capDrop: ['ALL'] }, { HostConfig: { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] } });
test(arrives, { securityOpt: ['no-new-privileges:true'] }, { HostConfig: { SecurityOpt: ['no-new-privileges:true'] } });
test(arrives, { extraHosts: ['db:10.0.0.1'] }, { HostConfig: { ExtraHosts: ['db:10.0.0.1'] } });
test(arrives, { restart: 'on-failure:3' }, { HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } } });
test(arrives, { restart: 'unless-stopped' }, { HostConfig: { RestartPolicy: { Name: 'unless-stopped' } } });
test(arrives, { cpus: 0.5, memoryBytes: 67_108_864 }, { HostConfig: { NanoCpus: 500_000_000, Memory: 67_108_864 } });
test(arrives, { networkMode: 'none' }, { HostConfig: { NetworkMode: 'none' } });
test(
  arrives,
  { logging: { driver: undefined, options: { 'max-size': '1m' } } },
  { HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } } },
);
test(arrives, { logging: { driver: 'none', options: {} } }, { HostConfig: { LogConfig: { Type: 'none' } } });
test(
  arrives,
  { healthcheck: { test: ['CMD', 'true'], intervalMs: 2000, timeoutMs: 1500, startPeriodMs: 3000, retries: 5 } },
  { Config: { Healthcheck: { Test: ['CMD', 'true'], Interval: 2e9, Timeout: 1.5e9, StartPeriod: 3e9, Retries: 5 } } },
);
test(
  arrives,
  { ports: [{ target: 80, protocol: 'tcp', published: 8123, hostIp: '127.0.0.1' }], expose: ['9000-9001'] },
  {
    Config: { ExposedPorts: { '80/tcp': {}, '9000/tcp': {}, '9001/tcp': {} } },
    HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8123' }] } },
  },
);

test('the engine takes labels as they are', async (t) => {
  const { labels } = aContainer();
  t.deepEqual((await inspectOf({})).Config.Labels, labels);
});

test('mounts arrive: volume, anonymous volume, read-only bind, tmpfs with its size and mode', async (t) => {
  const mounts = [
    { type: 'volume', source: 'arrives_data', target: '/data', readOnly: true, ...tmpfs },
    { type: 'volume', source: undefined, target: '/scratch', readOnly: false, ...tmpfs },
    { type: 'bind', source: world.test.directory, target: '/host', readOnly: true, ...tmpfs },
    { type: 'tmpfs', source: undefined, target: '/cache', readOnly: false, tmpfsSizeBytes: 1_048_576, tmpfsMode: 0o700 },
  ] as const;
  const spec = { command: ['sleep', '60'], mounts, readOnly: true };
  t.like(await world.agent().recreate(world.step('create', 'mounts-1', aContainer({ spec })), signal), { ok: true });
  const { Mounts = [] } = (await world.inspect('mounts-1')) ?? {};
  const seen = Mounts.map(({ Type, Name, Destination, RW }) => ({
    Destination,
    Type,
    RW,
    Name: Type === 'volume' ? Name?.slice(0, 12) : undefined,
  }));
  const anonymous = seen.find(({ Destination }) => Destination === '/scratch')?.Name;
  t.regex(anonymous ?? '', /^[0-9a-f]{12}$/);
  t.deepEqual(
    seen.sort((a, b) => a.Destination.localeCompare(b.Destination)),
    [
      { Destination: '/cache', Type: 'tmpfs', RW: true, Name: undefined },
      { Destination: '/data', Type: 'volume', RW: false, Name: 'arrives_data' },
      { Destination: '/host', Type: 'bind', RW: false, Name: undefined },
      { Destination: '/scratch', Type: 'volume', RW: true, Name: anonymous },
    ],
  );
  t.is(await world.read('mounts-1', 'stat', '-c', '%a', '/cache'), '700');
  t.regex(await world.read('mounts-1', 'grep', ' /cache ', '/proc/mounts'), /size=1024k/);
});

test('all networks are joined before it starts, each with the service and its aliases', async (t) => {
  const labels = (name: string) => ({
    'com.docker.compose.network': name,
    'com.docker.compose.project': 'staging-shop',
    'windlass.environment': 'staging',
  });
  const network = (name: string) => ({ name, internal: false, labels: labels(name), external: false });
  const networks = [
    { name: 'front', aliases: ['www'] },
    { name: 'back', aliases: ['store'] },
  ];
  const command = ['sh', '-c', 'ip -o -4 addr | grep -c eth > /interfaces; exec sleep 60'];
  const container = aContainer({ spec: { command, networks }, networks: [network('front'), network('back')] });
  t.like(await world.agent().recreate(world.step('create', 'joined-1', container), signal), { ok: true });
  t.is(await world.read('joined-1', 'cat', '/interfaces'), '2');
  const joined = (await world.inspect('joined-1'))?.NetworkSettings.Networks ?? {};
  t.deepEqual(Object.keys(joined).sort(), ['back', 'front']);
  t.like(joined, { front: { Aliases: ['web', 'www'] }, back: { Aliases: ['web', 'store'] } });
  t.deepEqual((await world.engine.inspectNetwork('back'))?.Labels, labels('back'));
  t.regex(await world.read('joined-1', 'nslookup', 'store'), new RegExp(joined.back?.IPAddress.replaceAll('.', '\\.') ?? 'none'));
});

test('steps that need the same missing network at the same time make one', async (t) => {
  const networks = [{ name: 'shared', aliases: [] }];
  const container = aContainer({
    spec: { command: ['sleep', '60'], networks },
    networks: [{ name: 'shared', internal: true, labels: {}, external: false }],
  });
  const agent = world.agent();
  const results = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) => agent.recreate(world.step('create', `shared-${name}`, container), signal)),
  );
  t.deepEqual(
    results.map(({ ok }) => ok),
    [true, true, true, true],
  );
  const found = await world.test.docker.listNetworks({ filters: { name: ['shared'] } });
  t.deepEqual(
    found.map(({ Name, Internal }) => ({ Name, Internal })),
    [{ Name: 'shared', Internal: true }],
  );
});

test('volumes are made with their labels and options before a container could make them without', async (t) => {
  const labels = { 'com.docker.compose.volume': 'ram', 'com.docker.compose.project': 'staging-shop' };
  const driverOptions = { type: 'tmpfs', device: 'tmpfs', o: 'size=2m' };
  const volume = { name: 'staging-shop_ram', driver: 'local', driverOptions, labels, external: false };
  const mounts = [{ type: 'volume', source: volume.name, target: '/ram', readOnly: false, ...tmpfs }] as const;
  const container = aContainer({ spec: { command: ['sleep', '60'], mounts }, volumes: [volume] });
  t.like(await world.agent().recreate(world.step('create', 'ram-1', container), signal), { ok: true });
  t.like(await world.engine.inspectVolume(volume.name), { Labels: labels, Options: driverOptions });
  t.regex(await world.read('ram-1', 'grep', ' /ram ', '/proc/mounts'), /size=2048k/);
});

test('a name that begins another container’s id is that name and no other', async (t) => {
  const { Id } = await inspectOf({});
  const name = Id.slice(0, 6);
  t.like(await world.agent().recreate(world.step('create', name, aContainer({ spec: { command: ['sleep', '60'] } })), signal), {
    ok: true,
  });
  t.deepEqual(await world.names(name), [name]);
  t.not((await world.inspect(name))?.Id, Id);
});

test('an image’s own healthcheck decides where the declaration has none', async (t) => {
  const base = await world.engine.createContainer({ Image: imageId, Cmd: ['sleep', '60'] });
  const healthcheck = { Test: ['CMD', 'test', '-e', '/warm'], Interval: 1e8, Timeout: 30e9, Retries: 2 };
  const { Id } = await world.test.docker.getContainer(base).commit({ repo: 'checked', Healthcheck: healthcheck });
  const agent = world.agent({ ensureImage: async () => Id });
  const result = await agent.recreate(world.step('create', 'own-1', aContainer({ spec: { command: ['sleep', '60'] } })), signal);
  t.like(result, {
    ok: false,
    error: { code: 'health', message: 'container own-1 is unhealthy: its healthcheck ended with 1 and said nothing' },
  });
});
