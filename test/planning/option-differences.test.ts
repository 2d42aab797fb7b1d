import test from 'ava';
import { createOptions } from '../../src/containers/create-options.ts';
import type { ContainerInspect, ImageInspect } from '../../src/docker/engine.ts';
import { observedContainer } from '../../src/inventory/observed-container.ts';
import type { ContainerSpec } from '../../src/model/application.ts';
import { observedDifferences } from '../../src/planning/observed-differences.ts';
import { readOneService } from '../repository/trees.ts';

const specOf = (line: string): ContainerSpec => readOneService(`services: { web: { image: busybox, ${line} } }`).spec;

/** As the engine tells of a container that was asked for with a spec: what is not asked for is filled in, or told in a way of its own. */
function made(spec: ContainerSpec): ContainerInspect {
  const labels = { 'windlass.service': 'web' };
  const image = { kind: 'external', reference: 'busybox', pull: 'never' } as const;
  const container = { spec, labels, image, files: [], checks: [], networks: [], volumes: [], monitorMs: 0 };
  const { HostConfig, NetworkingConfig, name, ...config } = createOptions(container, 'web', 'sha256:1');
  const filledIn = {
    IpcMode: 'private',
    ShmSize: 67_108_864,
    Runtime: 'runc',
    PidsLimit: null,
    CgroupnsMode: 'private',
    Dns: [],
    Devices: [],
  };
  const swap = HostConfig?.Memory === undefined ? {} : { MemorySwap: 2 * HostConfig.Memory };
  return {
    Id: '0123456789ab',
    Config: { Hostname: '0123456789ab', Tty: false, OpenStdin: false, Domainname: '', ...config },
    HostConfig: { ...filledIn, ...swap, ...HostConfig },
    Mounts: [],
    NetworkSettings: { Networks: NetworkingConfig?.EndpointsConfig ?? { bridge: {} } },
  } as unknown as ContainerInspect;
}

const image = { Config: {}, Os: 'linux', Architecture: 'amd64' } as unknown as ImageInspect;

const differences = (declared: string, running: string): readonly string[] =>
  observedDifferences({ service: 'web', spec: specOf(declared), targets: [] }, observedContainer(made(specOf(running)), image));

/** A setting in Compose's words, and what a difference of it begins with where that is not its own key. */
const settings: readonly (readonly [string, string?])[] = [
  ['annotations: { a: b }'],
  ['blkio_config: { weight: 300 }'],
  ['cgroup_parent: /m'],
  ['cpu_period: 50000'],
  ['cpu_quota: 25000'],
  ['cpu_rt_period: 1000000'],
  ['cpu_rt_runtime: 950000'],
  ['cpuset: "0"'],
  ['cpu_shares: 512'],
  ['device_cgroup_rules: ["c 1:3 rwm"]'],
  ['gpus: all'],
  ['devices: ["/dev/null:/dev/nothing:r"]'],
  ['dns: [192.0.2.53, 192.0.2.54]'],
  ['dns_opt: ["ndots:2"]'],
  ['dns_search: example.org'],
  ['domainname: example.org'],
  ['group_add: [7, 10]'],
  ['ipc: host'],
  ['mac_address: "02:42:ac:11:00:09"'],
  ['mem_reservation: 32m'],
  ['mem_swappiness: 10'],
  ['oom_kill_disable: true'],
  ['oom_score_adj: 100'],
  ['pid: host'],
  ['pids_limit: 100'],
  ['privileged: true'],
  ['runtime: kata'],
  ['shm_size: 128m'],
  ['stdin_open: true'],
  ['storage_opt: { size: 1G }'],
  ['sysctls: { net.core.somaxconn: 1024, net.ipv4.ip_forward: 1 }'],
  ['tty: true'],
  ['ulimits: { nofile: { soft: 0, hard: 2000 }, nproc: 65535 }'],
  ['userns_mode: host'],
  ['uts: host'],
  ['tmpfs: ["/cache:noexec,size=1m,uid=7"]', 'volumes'],
];

for (const [setting, told] of settings) {
  const key = told ?? setting.split(':')[0];
  test(`${key} keeps a container that has it, and is told where one has it or lacks it unasked`, (t) => {
    t.deepEqual(differences(setting, setting), []);
    for (const found of [differences('command: x', `command: x, ${setting}`), differences(`command: x, ${setting}`, 'command: x')]) {
      t.is(found.length, 1, found.join('; '));
      t.true(found[0]?.startsWith(`${key}: `), found[0]);
    }
  });
}

test('what the engine fills in by itself may be declared, too', (t) => {
  for (const declared of [
    'ipc: private',
    'shm_size: 64m',
    'cgroup: private',
    'pids_limit: -1',
    'privileged: false',
    'platform: linux/amd64',
  ])
    t.deepEqual(
      differences(declared, 'command: x').filter((one) => !one.startsWith('command')),
      [],
      declared,
    );
  t.deepEqual(differences('mem_limit: 64m', 'mem_limit: 64m'), []);
  t.deepEqual(differences('mem_limit: 64m, memswap_limit: 64m', 'mem_limit: 64m'), ['memswap_limit: 134217728 → 67108864']);
  t.deepEqual(differences('platform: linux/arm64', 'expose: []'), ['platform: linux/amd64 → linux/arm64']);
});

test('lists whose order says nothing are compared without it, others with it', (t) => {
  t.deepEqual(differences('group_add: [10, 7]', 'group_add: [7, 10]'), []);
  t.deepEqual(differences('dns: [192.0.2.54, 192.0.2.53]', 'dns: [192.0.2.53, 192.0.2.54]').length, 1);
});

test('the default network of the engine is kept', (t) => {
  t.deepEqual(differences('network_mode: bridge', 'network_mode: bridge'), []);
});

test('an address on a network is kept, and told where it is another', (t) => {
  const at = (address: string) => `networks: { default: { ipv4_address: ${address} } }`;
  t.deepEqual(differences(at('198.51.100.7'), at('198.51.100.7')), []);
  t.deepEqual(differences(at('198.51.100.8'), at('198.51.100.7')), [
    'networks: address in staging-shop_default 198.51.100.7 → 198.51.100.8',
  ]);
  t.deepEqual(differences('expose: []', at('198.51.100.7')), ['networks: address in staging-shop_default 198.51.100.7 → none']);
});

test("Compose's labels on an image that it has built are no difference", (t) => {
  const built = { ...image, Config: { Labels: { 'com.docker.compose.project': 'shop', tier: 'front' } } } as unknown as ImageInspect;
  const inspect = made(specOf('expose: []'));
  inspect.Config.Labels = { tier: 'front', 'com.docker.compose.project': 'blog' };
  t.deepEqual(observedDifferences({ service: 'web', spec: specOf('expose: []'), targets: [] }, observedContainer(inspect, built)), []);
});
