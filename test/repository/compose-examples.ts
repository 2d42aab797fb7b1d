/** A compose file in which `entry` (`key: value`, or nothing) stands at a place of the schema. */
export function wrap(place: string, entry: string): string {
  const around = wrappers[place];
  if (around === undefined) throw new Error(`no wrapper for ${place}`);
  return around(entry);
}

type Wrapper = (entry: string) => string;

const top =
  'volumes: { data: , other: }\nnetworks: { lan: }\nconfigs: { a: { content: a }, b: { content: b } }\nsecrets: { s: { external: true } }\n';
const inside = (...entries: readonly string[]) => `{ ${entries.filter((entry) => entry !== '').join(', ')} }`;
const service: Wrapper = (entry) =>
  `${top}services: { web: ${inside('image: x', entry)}, db: { image: y, user: "5", profiles: [debug] }, off: { image: y, profiles: [never] } }\n`;
const within =
  (key: string, ...required: readonly string[]): Wrapper =>
  (entry) =>
    service(`${key}: ${inside(...required, entry)}`);
const listed =
  (key: string, ...required: readonly string[]): Wrapper =>
  (entry) =>
    service(`${key}: [${inside(...required, entry)}]`);
/** An entry of a top-level mapping, and a service that uses it. */
const declared =
  (section: string, use: string, ...required: readonly string[]): Wrapper =>
  (entry) =>
    `${section}: { it: ${inside(...required, entry)} }\nservices: { web: { image: x, ${use} } }\n`;

const wrappers: Readonly<Record<string, Wrapper>> = {
  top: (entry) => `${entry}\nservices: { web: { image: x } }\n`,
  service,
  build: within('build', 'context: .'),
  deploy: within('deploy'),
  placement: (entry) => service(`deploy: { placement: ${inside(entry)} }`),
  update_config: (entry) => service(`deploy: { update_config: ${inside(entry)} }`),
  restart_policy: (entry) => service(`deploy: { restart_policy: ${inside('condition: on-failure', entry)} }`),
  resources: (entry) => service(`deploy: { resources: ${inside(entry)} }`),
  limits: (entry) => service(`deploy: { resources: { limits: ${inside(entry)} } }`),
  reservations: (entry) => service(`deploy: { resources: { reservations: ${inside(entry)} } }`),
  device_request: (entry) => service(`gpus: [${inside(entry)}]`),
  depends_on: (entry) => service(`depends_on: { db: ${inside('condition: service_started', entry)} }`),
  extends: (entry) => service(`extends: ${inside('service: base', 'file: other.yaml', entry)}`),
  env_file: listed('env_file', 'path: one.env'),
  healthcheck: within('healthcheck', 'test: x'),
  logging: within('logging', 'driver: local'),
  ports: listed('ports', 'target: 80'),
  volumes: listed('volumes', 'type: volume', 'target: /t'),
  'volumes.bind': (entry) => service(`volumes: [{ type: bind, source: /s, target: /t, bind: ${inside(entry)} }]`),
  'volumes.volume': (entry) => service(`volumes: [{ type: volume, source: data, target: /t, volume: ${inside(entry)} }]`),
  'volumes.tmpfs': (entry) => service(`volumes: [{ type: tmpfs, target: /t, tmpfs: ${inside(entry)} }]`),
  attachment: (entry) => service(`networks: { lan: ${inside(entry)}, default: { priority: 5 } }`),
  file_use: listed('configs', 'source: a'),
  devices: listed('devices', 'source: /dev/null'),
  ulimits: (entry) => service(`ulimits: { nofile: ${inside(entry)} }`),
  blkio_config: within('blkio_config'),
  blkio_limit: (entry) => service(`blkio_config: { device_read_bps: [${inside(entry)}] }`),
  blkio_weight: (entry) => service(`blkio_config: { weight_device: [${inside(entry)}] }`),
  include: (entry) => `include: [${inside('path: more.yaml', entry)}]\nservices: { web: { image: x } }\n`,
  network: declared('networks', 'networks: [it]'),
  ipam: (entry) => declared('networks', 'networks: [it]')(`ipam: ${inside(entry)}`),
  'ipam.config': (entry) => declared('networks', 'networks: [it]')(`ipam: { config: [${inside(entry)}] }`),
  external: (entry) => declared('networks', 'networks: [it]')(`external: ${inside(entry)}`),
  volume: declared('volumes', 'volumes: ["it:/t"]'),
  secret: declared('secrets', 'secrets: [it]', 'file: elsewhere.txt'),
  config: declared('configs', 'configs: [it]', 'file: a.txt'),
};

/** What a key is tried with: its value, or where that is not enough a file with it and one without. */
type Example = string | readonly [written: string, without: string];

const uses = (section: string, use: string) => (entry: string) => `${section}: { it: ${entry} }\nservices: { web: { image: x, ${use} } }\n`;
const volumeMount = (entry: string) => service(`volumes: [${entry}]`);
const pair = (around: Wrapper, written: string, without: string): Example => [around(written), around(without)];
const ofSecret = uses('secrets', 'secrets: [it]');
const ofConfig = uses('configs', 'configs: [it]');
const limit = '[{ path: /dev/sda, rate: 1mb }]';

export const examples: Readonly<Record<string, Readonly<Record<string, Example>>>> = {
  top: {
    version: '"3.8"',
    name: 'project',
    include: '[more.yaml]',
    services: pair((entry) => entry, 'services: { web: { image: x }, api: { image: x } }', 'services: { web: { image: x } }'),
    networks: '{ default: { internal: true } }',
    volumes: pair(
      (entry) => entry,
      'volumes: { d: }\nservices: { web: { image: x, volumes: ["d:/d"] } }',
      'services: { web: { image: x } }',
    ),
    configs: pair(ofConfig, '{ content: a }', '{ content: b }'),
    secrets: pair(ofSecret, '{ external: true, name: a }', '{ external: true, name: b }'),
  },
  service: {
    annotations: '{ a: b }',
    attach: 'false',
    blkio_config: '{ weight: 300 }',
    build: '{ context: . }',
    cap_add: '[NET_ADMIN]',
    cap_drop: '[ALL]',
    cgroup: 'host',
    cgroup_parent: 'm-executor',
    command: 'sleep 1',
    configs: '[a]',
    container_name: 'shop-web',
    cpu_period: '100000',
    cpu_quota: '50ms',
    cpu_rt_period: '"100000"',
    cpu_rt_runtime: '95ms',
    cpu_shares: '512',
    cpus: '"0.5"',
    cpuset: '"0-1"',
    depends_on: '[db]',
    deploy: '{ replicas: 2 }',
    develop: '{ watch: [] }',
    device_cgroup_rules: '["c 1:3 mr"]',
    devices: '["/dev/ttyUSB0:/dev/ttyUSB0:rw"]',
    dns: '192.0.2.1',
    dns_opt: '["ndots:1"]',
    dns_search: 'example.org',
    domainname: 'example.org',
    entrypoint: '["sh"]',
    env_file: 'one.env',
    environment: '[A=1]',
    expose: '["3000-3002"]',
    extends: 'db',
    extra_hosts: '["a:192.0.2.1"]',
    gpus: 'all',
    group_add: '[mail]',
    healthcheck: '{ test: x }',
    hostname: 'h',
    image: pair((entry) => `services: { web: { ${entry} } }`, 'image: y', 'image: x'),
    init: 'true',
    ipc: 'shareable',
    isolation: 'default',
    label_file: 'one.env',
    labels: '{ a: b }',
    logging: '{ driver: local }',
    mac_address: '02:42:ac:11:65:43',
    mem_limit: '64m',
    mem_reservation: '32m',
    mem_swappiness: '10',
    memswap_limit: '-1',
    network_mode: 'bridge',
    networks: '[lan]',
    oom_kill_disable: 'true',
    oom_score_adj: '-500',
    pid: 'host',
    pids_limit: '-1',
    platform: 'linux/arm64',
    ports: '["80:80"]',
    privileged: 'true',
    profiles: '[never]',
    pull_policy: 'always',
    read_only: 'true',
    restart: 'always',
    runtime: 'runsc',
    scale: '2',
    secrets: '[s]',
    security_opt: '["no-new-privileges:true"]',
    shm_size: '64m',
    stdin_open: 'true',
    stop_grace_period: '1m',
    stop_signal: 'SIGQUIT',
    storage_opt: '{ size: 1G }',
    sysctls: '[net.core.somaxconn=1024]',
    tmpfs: '/run',
    tty: 'true',
    ulimits: '{ nofile: 1000 }',
    user: '"1000"',
    userns_mode: 'host',
    uts: 'host',
    volumes: '["data:/d"]',
    working_dir: '/w',
  },
  build: {
    args: '{ A: 1 }',
    cache_from: '[x]',
    context: pair((entry) => service(`build: { ${entry} }`), 'context: ./sub', 'context: .'),
    dockerfile: 'Other',
    dockerfile_inline: '"FROM scratch"',
    extra_hosts: '["a:192.0.2.1"]',
    labels: '{ a: b }',
    network: 'host',
    platforms: '[linux/arm64]',
    shm_size: '64m',
    target: 'run',
  },
  deploy: {
    mode: 'global',
    placement: '{ constraints: [node.hostname==a] }',
    replicas: '2',
    resources: '{ limits: { cpus: "0.5" } }',
    restart_policy: '{ condition: any }',
    update_config: '{ order: stop-first }',
  },
  placement: { constraints: '[node.labels.role == web]' },
  update_config: {
    delay: '5s',
    failure_action: 'pause',
    max_failure_ratio: '0.5',
    monitor: '20s',
    order: 'stop-first',
    parallelism: '2',
  },
  restart_policy: { condition: [service('deploy: { restart_policy: { condition: any } }'), service('')], max_attempts: '3' },
  resources: { limits: '{ pids: 9 }', reservations: '{ memory: 9m }' },
  limits: { cpus: '"0.5"', memory: '64m', pids: '100' },
  reservations: { memory: '64m', devices: '[{ capabilities: [gpu] }]' },
  device_request: { capabilities: '[compute]', count: '2', device_ids: '["0"]', driver: 'nvidia', options: '{ a: b }' },
  depends_on: {
    condition: pair((entry) => service(`depends_on: { db: { ${entry} } }`), 'condition: service_healthy', 'condition: service_started'),
    required: [
      service('depends_on: { off: { condition: service_started, required: false }, db: { condition: service_started } }'),
      service(''),
    ],
  },
  extends: {
    service: pair((entry) => service(`extends: { file: other.yaml, ${entry} }`), 'service: base', 'service: web'),
    file: pair((entry) => service(`extends: { service: ${entry} }`), 'web, file: other.yaml', 'db'),
  },
  env_file: {
    path: [service('env_file: [{ path: one.env }]'), service('')],
    required: [service('env_file: [{ path: none.env, required: false }, one.env]'), service('')],
    format: 'raw',
  },
  healthcheck: {
    disable: 'true',
    interval: '1s',
    retries: '9',
    start_interval: '1s',
    start_period: '1s',
    test: pair((entry) => service(`healthcheck: { ${entry} }`), 'test: y', 'test: x'),
    timeout: '1s',
  },
  logging: { driver: pair((entry) => service(`logging: { ${entry} }`), 'driver: local', 'driver: journald'), options: '{ max-size: 1m }' },
  ports: {
    target: pair((entry) => service(`ports: [{ ${entry} }]`), 'target: 81', 'target: 80'),
    published: '"8080"',
    host_ip: '192.0.2.1',
    protocol: 'udp',
    mode: 'ingress',
    name: 'web',
    app_protocol: 'http',
  },
  volumes: {
    type: pair(volumeMount, '{ type: tmpfs, target: /t }', '{ type: volume, target: /t }'),
    source: 'data',
    target: pair(volumeMount, '{ type: volume, target: /u }', '{ type: volume, target: /t }'),
    read_only: 'true',
    bind: pair(
      volumeMount,
      '{ type: bind, source: /s, target: /t, bind: { propagation: slave } }',
      '{ type: bind, source: /s, target: /t }',
    ),
    volume: '{ nocopy: true }',
    tmpfs: pair(volumeMount, '{ type: tmpfs, target: /t, tmpfs: { size: 1m } }', '{ type: tmpfs, target: /t }'),
    consistency: 'cached',
  },
  'volumes.bind': { propagation: 'rshared', create_host_path: 'false', selinux: 'z' },
  'volumes.volume': { nocopy: 'true', subpath: 'a/b' },
  'volumes.tmpfs': { size: '1m', mode: '0700' },
  attachment: {
    aliases: '[www]',
    driver_opts: '{ a: b }',
    ipv4_address: '192.0.2.7',
    ipv6_address: '"2001:db8::7"',
    link_local_ips: '[169.254.1.1]',
    mac_address: '02:42:ac:11:65:43',
    priority: '9',
  },
  file_use: {
    source: pair((entry) => service(`configs: [{ target: /t, ${entry} }]`), 'source: a', 'source: b'),
    target: '/t',
    uid: '"7"',
    gid: '"7"',
    mode: '0400',
  },
  devices: {
    source: pair((entry) => service(`devices: [{ ${entry} }]`), 'source: /dev/zero', 'source: /dev/null'),
    target: '/dev/n',
    permissions: 'r',
  },
  ulimits: {
    soft: pair((entry) => service(`ulimits: { nofile: { hard: 9, ${entry} } }`), 'soft: 1', 'soft: 2'),
    hard: pair((entry) => service(`ulimits: { nofile: { soft: 1, ${entry} } }`), 'hard: 8', 'hard: 9'),
  },
  blkio_config: {
    device_read_bps: limit,
    device_read_iops: limit,
    device_write_bps: limit,
    device_write_iops: limit,
    weight: '300',
    weight_device: '[{ path: /dev/sda, weight: 300 }]',
  },
  blkio_limit: {
    path: pair((entry) => service(`blkio_config: { device_read_bps: [{ rate: 1, ${entry} }] }`), 'path: /a', 'path: /b'),
    rate: pair((entry) => service(`blkio_config: { device_read_bps: [{ path: /a, ${entry} }] }`), 'rate: 1', 'rate: 2'),
  },
  blkio_weight: {
    path: pair((entry) => service(`blkio_config: { weight_device: [{ weight: 10, ${entry} }] }`), 'path: /a', 'path: /b'),
    weight: pair((entry) => service(`blkio_config: { weight_device: [{ path: /a, ${entry} }] }`), 'weight: 10', 'weight: 20'),
  },
  include: {
    path: ['include: [{ path: more.yaml }]\nservices: { web: { image: x } }\n', 'services: { web: { image: x } }\n'],
    env_file: 'one.env',
  },
  network: {
    name: 'other',
    driver: 'macvlan',
    driver_opts: '{ parent: eth0 }',
    ipam: '{ driver: default }',
    external: 'true',
    internal: 'true',
    attachable: 'true',
    enable_ipv6: 'true',
    labels: '{ a: b }',
  },
  ipam: { driver: 'default', config: '[{ subnet: 192.0.2.0/24 }]', options: '{ a: b }' },
  'ipam.config': { subnet: '192.0.2.0/24', ip_range: '192.0.2.0/25', gateway: '192.0.2.1', aux_addresses: '{ a: 192.0.2.2 }' },
  external: { name: 'other' },
  volume: { name: 'other', driver: 'nfs', driver_opts: '{ type: nfs }', external: 'true', labels: '{ a: b }' },
  secret: {
    file: pair(ofSecret, '{ file: a.txt }', '{ file: elsewhere.txt }'),
    external: pair(ofSecret, '{ external: true }', '{ file: a.txt }'),
    name: pair(ofSecret, '{ external: true, name: other }', '{ external: true }'),
    labels: '{ a: b }',
  },
  config: {
    file: pair(ofConfig, '{ file: a.txt }', '{ file: one.env }'),
    content: pair(ofConfig, '{ content: a }', '{ content: b }'),
    template_driver: 'mustache',
    labels: '{ a: b }',
  },
};
