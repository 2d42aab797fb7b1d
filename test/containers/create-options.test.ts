import test from 'ava';
import { createOptions, networkAttachments } from '../../src/containers/create-options.ts';
import type { ContainerCreateOptions } from '../../src/docker/engine.ts';
import type { ContainerSpec } from '../../src/model/application.ts';
import { aContainer } from './a-container.ts';

const optionsOf = (spec: Partial<ContainerSpec>) => createOptions(aContainer({ spec }), 'staging-shop-web-1', 'sha256:1');

const becomes = test.macro({
  exec: (t, spec: Partial<ContainerSpec>, wanted: Partial<ContainerCreateOptions>) => t.like(optionsOf(spec), wanted),
  title: (_, spec: Partial<ContainerSpec>) => `maps ${Object.keys(spec).join(' and ')}: ${JSON.stringify(spec)}`,
});

test('a spec that asks for nothing leaves everything to image and engine', (t) => {
  const container = aContainer();
  t.deepEqual(createOptions(container, 'staging-shop-web-1', 'sha256:1'), {
    name: 'staging-shop-web-1',
    Image: 'sha256:1',
    Labels: { ...container.labels },
    Env: [],
    ExposedPorts: {},
    HostConfig: {
      PortBindings: {},
      Mounts: [],
      RestartPolicy: { Name: 'no' },
      ReadonlyRootfs: false,
      CapAdd: [],
      CapDrop: [],
      SecurityOpt: [],
      ExtraHosts: [],
    },
  });
});

test(becomes, { command: ['a', 'b c'] }, { Cmd: ['a', 'b c'] });
test(becomes, { entrypoint: ['/e'] }, { Entrypoint: ['/e'] });
test(becomes, { entrypoint: [] }, { Entrypoint: [] });
test(becomes, { environment: { A: '1', B: 'x=y' } }, { Env: ['A=1', 'B=x=y'] });
test(becomes, { user: '33:44', workingDir: '/srv', hostname: 'h' }, { User: '33:44', WorkingDir: '/srv', Hostname: 'h' });
test(becomes, { init: false }, { HostConfig: { Init: false } });
test(becomes, { readOnly: true }, { HostConfig: { ReadonlyRootfs: true } });
test(becomes, { stopSignal: 'SIGQUIT', stopGracePeriodMs: 1500 }, { StopSignal: 'SIGQUIT', StopTimeout: 2 });
test(becomes, { stopGracePeriodMs: 0 }, { StopTimeout: 0 });
test(becomes, { capAdd: ['NET_ADMIN'], capDrop: ['ALL'] }, { HostConfig: { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] } });
test(becomes, { securityOpt: ['no-new-privileges:true'] }, { HostConfig: { SecurityOpt: ['no-new-privileges:true'] } });
test(becomes, { extraHosts: ['db:10.0.0.1'] }, { HostConfig: { ExtraHosts: ['db:10.0.0.1'] } });
test(becomes, { cpus: 0.3, memoryBytes: 1024 }, { HostConfig: { NanoCpus: 300_000_000, Memory: 1024 } });
test(becomes, { restart: 'on-failure:3' }, { HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } } });
test(becomes, { restart: 'unless-stopped' }, { HostConfig: { RestartPolicy: { Name: 'unless-stopped' } } });
test(
  becomes,
  { logging: { driver: 'json-file', options: { 'max-size': '1m' } } },
  { HostConfig: { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } } },
);
test(
  becomes,
  { logging: { driver: undefined, options: { 'max-file': '2' } } },
  { HostConfig: { LogConfig: { Type: '', Config: { 'max-file': '2' } } } },
);
test(becomes, { networkMode: 'host' }, { HostConfig: { NetworkMode: 'host' } });
test(
  becomes,
  { healthcheck: { test: ['CMD', 'true'], intervalMs: 2000, timeoutMs: 1.5, startPeriodMs: 0, retries: 5 } },
  { Healthcheck: { Test: ['CMD', 'true'], Interval: 2_000_000_000, Timeout: 1_500_000, StartPeriod: 0, Retries: 5 } },
);

test('what a healthcheck leaves open stays the image’s', (t) => {
  const healthcheck = { test: [], intervalMs: 1000, timeoutMs: undefined, startPeriodMs: undefined, retries: undefined };
  t.deepEqual(optionsOf({ healthcheck }).Healthcheck, { Test: [], Interval: 1_000_000_000 });
});

test('a port is exposed and bound, on every address that it is published at', (t) => {
  const at = (published: number | undefined, hostIp: string | undefined) => ({ target: 80, protocol: 'tcp' as const, published, hostIp });
  const options = optionsOf({
    ports: [at(8000, undefined), at(8001, '127.0.0.1'), { ...at(undefined, undefined), target: 53, protocol: 'udp' }],
  });
  t.deepEqual(options.ExposedPorts, { '80/tcp': {}, '53/udp': {} });
  t.deepEqual(options.HostConfig?.PortBindings, {
    '80/tcp': [
      { HostIp: '', HostPort: '8000' },
      { HostIp: '127.0.0.1', HostPort: '8001' },
    ],
    '53/udp': [{ HostIp: '', HostPort: '' }],
  });
});

test('exposed ports may be ranges and have a protocol', (t) => {
  const { ExposedPorts } = optionsOf({ expose: ['80', '53/udp', '3000-3002'] });
  t.deepEqual(Object.keys(ExposedPorts ?? {}), ['80/tcp', '53/udp', '3000/tcp', '3001/tcp', '3002/tcp']);
});

test('mounts of each type, named and anonymous', (t) => {
  const none = { tmpfsSizeBytes: undefined, tmpfsMode: undefined };
  const mounts = [
    { type: 'volume', source: 'staging-shop_data', target: '/data', readOnly: false, ...none },
    { type: 'volume', source: undefined, target: '/scratch', readOnly: false, ...none },
    { type: 'bind', source: '/srv', target: '/srv', readOnly: true, ...none },
    { type: 'tmpfs', source: undefined, target: '/run', readOnly: false, tmpfsSizeBytes: 1024, tmpfsMode: 0o700 },
    { type: 'tmpfs', source: undefined, target: '/tmp', readOnly: false, ...none },
    { type: 'tmpfs', source: undefined, target: '/t', readOnly: false, ...none, tmpfsSizeBytes: 1024, tmpfsOptions: ['noexec', 'uid=1'] },
    { type: 'bind', source: '/lib', target: '/l', readOnly: false, ...none, selinux: 'Z', propagation: 'rslave' },
    { type: 'bind', source: '/there', target: '/there', readOnly: false, ...none, createHostPath: false, propagation: 'shared' },
    { type: 'bind', source: '/a:b', target: '/ab', readOnly: false, ...none },
    { type: 'volume', source: 'v', target: '/v', readOnly: false, ...none, noCopy: true, subpath: 'a/b' },
  ] as const;
  const host = optionsOf({ mounts }).HostConfig;
  t.deepEqual(host?.Binds, ['/srv:/srv:ro', '/lib:/l:rw,Z,rslave']);
  t.deepEqual(host?.Tmpfs, { '/t': 'noexec,uid=1,size=1024' });
  t.deepEqual(host?.Mounts as unknown, [
    { Type: 'volume', Source: 'staging-shop_data', Target: '/data', ReadOnly: false },
    { Type: 'volume', Source: '', Target: '/scratch', ReadOnly: false },
    { Type: 'tmpfs', Source: '', Target: '/run', ReadOnly: false, TmpfsOptions: { SizeBytes: 1024, Mode: 0o700 } },
    { Type: 'tmpfs', Source: '', Target: '/tmp', ReadOnly: false, TmpfsOptions: { SizeBytes: 0, Mode: 0 } },
    { Type: 'bind', Source: '/there', Target: '/there', ReadOnly: false, BindOptions: { Propagation: 'shared' } },
    { Type: 'bind', Source: '/a:b', Target: '/ab', ReadOnly: false },
    { Type: 'volume', Source: 'v', Target: '/v', ReadOnly: false, VolumeOptions: { NoCopy: true, Subpath: 'a/b' } },
  ]);
});

test('the first network is given at creation, with the service among its aliases', (t) => {
  const networks = [
    { name: 'front', aliases: ['www', 'web'] },
    { name: 'back', aliases: [] },
  ];
  const options = optionsOf({ networks });
  t.is(options.HostConfig?.NetworkMode, 'front');
  t.deepEqual(options.NetworkingConfig, { EndpointsConfig: { front: { Aliases: ['web', 'www'] } } });
  t.deepEqual(networkAttachments(aContainer({ spec: { networks } })), [
    { name: 'front', aliases: ['web', 'www'] },
    { name: 'back', aliases: ['web'] },
  ]);
});

test('the engine’s default network gets no aliases, for it refuses them', (t) => {
  t.deepEqual(networkAttachments(aContainer({ spec: { networks: [{ name: 'bridge', aliases: ['x'] }] } })), [
    { name: 'bridge', aliases: [] },
  ]);
});
