import { randomUUID } from 'node:crypto';
import test from 'ava';
import { createOptions } from '../../../src/containers/create-options.ts';
import { observedContainer } from '../../../src/inventory/observed-container.ts';
import type { ContainerToCreate } from '../../../src/model/step.ts';
import { observedDifferences } from '../../../src/planning/observed-differences.ts';
import { readOneService } from '../../repository/trees.ts';
import { startEngine } from '../../support/engine.ts';

/** A service's container, made on a real engine from the compose file's own words; what the engine made of it. */
async function inspectMade(docker: Awaited<ReturnType<typeof startEngine>>['docker'], compose: string, start = true) {
  const { spec } = readOneService(compose);
  const container: ContainerToCreate = {
    spec,
    labels: { 'windlass.service': 'web' },
    image: { kind: 'external', reference: 'busybox:latest', pull: 'never' },
    files: [],
    checks: [],
    networks: [],
    volumes: [],
    monitorMs: 0,
  };
  const { name, ...options } = createOptions(container, `options-${randomUUID()}`, 'busybox:latest');
  const made = await docker.createContainer({ name, ...options });
  if (start) await made.start();
  const inspect = await made.inspect();
  await made.remove({ force: true });
  const observed = observedContainer(inspect, await docker.getImage('busybox:latest').inspect());
  return { ...inspect, differences: observedDifferences({ service: 'web', spec, targets: [] }, observed) };
}

test('the engine takes what is seldom said of a service as it was meant', async (t) => {
  const engine = await startEngine();
  t.teardown(() => engine.stop());
  const service = (lines: string) => `services:\n  web:\n    image: busybox\n    command: sleep 60\n    network_mode: bridge\n${lines}`;
  const {
    HostConfig: host,
    Config: config,
    differences,
  } = await inspectMade(
    engine.docker,
    service(`    domainname: example.org
    dns: [192.0.2.53]
    dns_search: example.org
    dns_opt: ["ndots:2"]
    group_add: [7, "10"]
    sysctls: { net.core.somaxconn: 1024 }
    ulimits: { nofile: { soft: 1000, hard: 2000 }, nproc: 65535 }
    shm_size: 128m
    pids_limit: 100
    devices: ["/dev/null:/dev/nothing:r"]
    device_cgroup_rules: ["c 1:3 rwm"]
    cpu_shares: 512
    cpuset: "0"
    mem_limit: 64m
    mem_reservation: 32m
    memswap_limit: 64m
    oom_score_adj: 100
    ipc: private
    pid: host
    stdin_open: true
    tty: true
    tmpfs: ["/cache:noexec,size=1m,uid=7"]
    volumes: ["/srv/made-on-demand:/data:ro"]
`),
  );
  t.deepEqual(differences, [], 'one that Compose made so is taken over');
  t.like(config, { Domainname: 'example.org', OpenStdin: true, Tty: true });
  t.like(host, {
    Dns: ['192.0.2.53'],
    DnsSearch: ['example.org'],
    DnsOptions: ['ndots:2'],
    GroupAdd: ['7', '10'],
    Sysctls: { 'net.core.somaxconn': '1024' },
    ShmSize: 134_217_728,
    PidsLimit: 100,
    Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/nothing', CgroupPermissions: 'r' }],
    DeviceCgroupRules: ['c 1:3 rwm'],
    CpuShares: 512,
    CpusetCpus: '0',
    MemoryReservation: 33_554_432,
    OomScoreAdj: 100,
    IpcMode: 'private',
    PidMode: 'host',
    Tmpfs: { '/cache': 'noexec,uid=7,size=1048576' },
    Binds: ['/srv/made-on-demand:/data:ro'],
  });
  t.deepEqual(host.Ulimits, [
    { Name: 'nofile', Soft: 1000, Hard: 2000 },
    { Name: 'nproc', Soft: 65_535, Hard: 65_535 },
  ]);

  const privileged = await inspectMade(
    engine.docker,
    service('    privileged: true\n    userns_mode: host\n    uts: host\n    cgroup: private\n'),
    // Not everywhere may a test have a privileged process.
    false,
  );
  t.deepEqual(privileged.differences, []);
  t.like(privileged.HostConfig, { Privileged: true, UsernsMode: 'host', UTSMode: 'host', CgroupnsMode: 'private' });

  await engine.docker.createNetwork({ Name: 'staging-shop_lan', IPAM: { Driver: 'default', Config: [{ Subnet: '198.51.100.0/24' }] } });
  const { NetworkSettings: network, differences: onNetwork } = await inspectMade(
    engine.docker,
    'networks: { lan: }\nservices: { web: { image: busybox, command: sleep 60, container_name: shop-web, networks: { lan: { ipv4_address: 198.51.100.7 } } } }',
  );
  t.deepEqual(onNetwork, []);
  t.is(network.Networks['staging-shop_lan']?.IPAddress, '198.51.100.7');
  t.true((network.Networks['staging-shop_lan']?.Aliases ?? []).includes('shop-web'));
});
