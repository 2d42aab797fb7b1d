import test from 'ava';
import { formatIssue } from '../../src/repository/issues.ts';
import { readShop } from './trees.ts';

const windlassYaml = 'environments: { staging: { branch: main } }\nimages: [{ name: acme/web, context: images/web }]\n';

test('a service with nothing but an image has windlass’s defaults', (t) => {
  const { application, images, issues, needs } = readShop('services: { web: { image: "nginx:1.27" } }');
  t.deepEqual([images, issues, needs], [[], [], []]);
  t.deepEqual(application, {
    environment: 'staging',
    name: 'shop',
    commit: '0123456789abcdef0123456789abcdef01234567',
    project: 'staging-shop',
    adopts: undefined,
    networks: [{ name: 'staging-shop_default', driver: undefined, internal: false, labels: {}, external: false }],
    volumes: [],
    services: [
      {
        name: 'web',
        policy: 'immutable',
        replicas: 1,
        constraints: [],
        image: { kind: 'external', reference: 'nginx:1.27' },
        pullPolicy: 'missing',
        configs: [],
        reactions: [],
        dependsOn: [],
        update: { order: 'start-first', parallelism: 1, delayMs: 0, monitorMs: 5000, maxFailureRatio: 0, failureAction: 'rollback' },
        drainMs: 0,
        drift: 'repair',
        job: false,
        variables: {},
        place: { file: 'apps/shop/compose.yaml', line: 1, column: 13 },
        spec: {
          command: undefined,
          entrypoint: undefined,
          environment: {},
          labels: {},
          ports: [],
          expose: [],
          mounts: [],
          networks: [{ name: 'staging-shop_default', aliases: ['web'] }],
          networkMode: undefined,
          healthcheck: undefined,
          restart: 'no',
          user: undefined,
          workingDir: undefined,
          hostname: undefined,
          init: undefined,
          readOnly: false,
          stopSignal: undefined,
          stopGracePeriodMs: undefined,
          capAdd: [],
          capDrop: [],
          securityOpt: [],
          extraHosts: [],
          logging: undefined,
          cpus: undefined,
          memoryBytes: undefined,
        },
      },
    ],
  });
});

const everything = `version: "3.9"
x-common: &common
  restart: unless-stopped
  environment: &env { SHARED: yes, LEVEL: 1.10 }
networks:
  back: { driver: bridge, internal: true, labels: { a: b } }
  outside: { external: true, name: proxy }
  unused:
volumes:
  data:
  media: { driver: local, driver_opts: { type: nfs }, labels: [x=y] }
services:
  web:
    <<: *common
    image: docker.io/acme/web
    command: sh -c 'echo "$$HOME" \${MODE:-fast}'
    entrypoint: []
    environment: { <<: *env, PORT: 0644, NOTE: "\${NOTE}" }
    env_file: [base.env, { path: missing.env, required: false }]
    labels: [traefik.enable=true, empty]
    ports: ["8000-8001:80-81", "127.0.0.1::443/udp", { target: 90, published: "9000", host_ip: "::1", protocol: tcp }, 53]
    expose: [8080, "9090-9091/udp"]
    volumes: [data:/data, /srv:/srv:ro, /anonymous, { type: volume, source: media, target: /media, read_only: true }, { type: tmpfs, target: /t, tmpfs: { size: 64m, mode: 01777 } }]
    tmpfs: ["/run:size=1m,mode=700", /tmp]
    networks: { back: { aliases: [www] }, outside: , default: }
    depends_on: { db: { condition: service_healthy }, setup: { condition: service_completed_successfully } }
    healthcheck: { test: "curl -f localhost", interval: 1m30s, timeout: 500ms, retries: 3, start_period: 2s }
    user: 1000
    working_dir: /srv
    hostname: web
    init: true
    read_only: "true"
    stop_signal: SIGQUIT
    stop_grace_period: 1m
    cap_add: [NET_ADMIN, CHOWN]
    cap_drop: [ALL]
    security_opt: [no-new-privileges:true]
    extra_hosts: { a: 1.2.3.4, gateway: host-gateway }
    logging: { driver: json-file, options: { max-size: 10m, max-file: 3 } }
    cpus: "1.5"
    mem_limit: 512m
    pull_policy: if_not_present
    deploy:
      replicas: "\${COUNT}"
      placement: { constraints: [node.labels.role == web, "node.hostname!=old"] }
      update_config: { parallelism: 2, order: stop-first, monitor: 10s, failure_action: rollback }
    x-ignored: { anything: [goes] }
  db: { image: postgres, network_mode: none, healthcheck: { disable: true } }
  setup: { image: acme/setup, build: { context: ./setup, dockerfile: Setup.dockerfile, args: [V=1], target: run, network: host } }
  worker: { build: . }
`;

test('every key that is carried out arrives as written', (t) => {
  const { application, images, issues } = readShop(everything, {
    'windlass.yaml': windlassYaml,
    'apps/shop/.env': 'NOTE=from .env\nCOUNT=3\n',
    'apps/shop/base.env': 'BASE=1\nSHARED=no\n',
  });
  t.deepEqual(issues.map(formatIssue), []);
  const [db, setup, web, worker] = application?.services ?? [];
  t.deepEqual(
    [db?.name, setup?.name, web?.name, worker?.name, application?.services.length],
    ['db', 'setup', 'web', 'worker', 4],
    'sorted by name',
  );
  t.deepEqual(web?.spec, {
    command: ['sh', '-c', 'echo "$HOME" fast'],
    entrypoint: [],
    environment: { BASE: '1', LEVEL: '1.1', NOTE: 'from .env', PORT: '420', SHARED: 'yes' },
    labels: { 'traefik.enable': 'true', empty: '' },
    ports: [
      { target: 80, published: 8000, protocol: 'tcp', hostIp: undefined },
      { target: 81, published: 8001, protocol: 'tcp', hostIp: undefined },
      { target: 443, published: undefined, protocol: 'udp', hostIp: '127.0.0.1' },
      { target: 90, published: 9000, protocol: 'tcp', hostIp: '::1' },
      { target: 53, published: undefined, protocol: 'tcp', hostIp: undefined },
    ],
    expose: ['8080/tcp', '9090/udp', '9091/udp'],
    mounts: [
      { type: 'volume', source: 'staging-shop_data', target: '/data', readOnly: false, tmpfsSizeBytes: undefined, tmpfsMode: undefined },
      { type: 'bind', source: '/srv', target: '/srv', readOnly: true, tmpfsSizeBytes: undefined, tmpfsMode: undefined },
      { type: 'volume', source: undefined, target: '/anonymous', readOnly: false, tmpfsSizeBytes: undefined, tmpfsMode: undefined },
      { type: 'volume', source: 'staging-shop_media', target: '/media', readOnly: true, tmpfsSizeBytes: undefined, tmpfsMode: undefined },
      { type: 'tmpfs', source: undefined, target: '/t', readOnly: false, tmpfsSizeBytes: 67_108_864, tmpfsMode: 0o1777 },
      { type: 'tmpfs', source: undefined, target: '/run', readOnly: false, tmpfsSizeBytes: 1_048_576, tmpfsMode: 0o700 },
      { type: 'tmpfs', source: undefined, target: '/tmp', readOnly: false, tmpfsSizeBytes: undefined, tmpfsMode: undefined },
    ],
    networks: [
      { name: 'staging-shop_back', aliases: ['web', 'www'] },
      { name: 'staging-shop_default', aliases: ['web'] },
      { name: 'proxy', aliases: ['web'] },
    ],
    networkMode: undefined,
    healthcheck: { test: ['CMD-SHELL', 'curl -f localhost'], intervalMs: 90_000, timeoutMs: 500, retries: 3, startPeriodMs: 2000 },
    restart: 'unless-stopped',
    user: '1000',
    workingDir: '/srv',
    hostname: 'web',
    init: true,
    readOnly: true,
    stopSignal: 'QUIT',
    stopGracePeriodMs: 60_000,
    capAdd: ['CHOWN', 'NET_ADMIN'],
    capDrop: ['ALL'],
    securityOpt: ['no-new-privileges:true'],
    extraHosts: ['a:1.2.3.4', 'gateway:host-gateway'],
    logging: { driver: 'json-file', options: { 'max-file': '3', 'max-size': '10m' } },
    cpus: 1.5,
    memoryBytes: 536_870_912,
  });
  t.deepEqual(web?.image, { kind: 'built', name: 'acme/web', tag: 'latest' });
  t.is(web?.pullPolicy, 'missing');
  t.is(web?.replicas, 3);
  t.deepEqual(web?.constraints, [
    { attribute: 'label', key: 'role', operator: '==', value: 'web' },
    { attribute: 'hostname', key: '', operator: '!=', value: 'old' },
  ]);
  t.deepEqual(web?.update, {
    order: 'stop-first',
    parallelism: 2,
    delayMs: 0,
    monitorMs: 10_000,
    watchMs: 10_000,
    maxFailureRatio: 0,
    failureAction: 'rollback',
  });
  t.deepEqual(web?.dependsOn, [
    { service: 'db', condition: 'service_healthy' },
    { service: 'setup', condition: 'service_completed_successfully' },
  ]);
  t.deepEqual([db?.job, setup?.job, web?.job], [false, true, false]);
  t.deepEqual([db?.spec.networkMode, db?.spec.networks, db?.spec.healthcheck?.test], ['none', [], ['NONE']]);
  t.deepEqual(application?.networks, [
    { name: 'staging-shop_default', driver: undefined, internal: false, labels: {}, external: false },
    { name: 'staging-shop_back', driver: 'bridge', internal: true, labels: { a: 'b' }, external: false },
    { name: 'proxy', driver: undefined, internal: false, labels: {}, external: true },
  ]);
  t.deepEqual(application?.volumes, [
    { name: 'staging-shop_data', driver: undefined, driverOptions: {}, labels: {}, external: false },
    { name: 'staging-shop_media', driver: 'local', driverOptions: { type: 'nfs' }, labels: { x: 'y' }, external: false },
  ]);
  const place = { file: 'apps/shop/compose.yaml' };
  t.deepEqual(images, [
    {
      name: 'acme/setup',
      tag: 'latest',
      source: 'config',
      context: 'apps/shop/setup',
      dockerfile: 'Setup.dockerfile',
      args: { V: '1' },
      target: 'run',
      network: 'host',
      place: { ...place, line: 49, column: 38 },
    },
    {
      name: 'shop-worker',
      tag: 'latest',
      source: 'config',
      context: 'apps/shop',
      dockerfile: 'Dockerfile',
      args: {},
      target: undefined,
      network: undefined,
      place: { ...place, line: 50, column: 20 },
    },
  ]);
});
