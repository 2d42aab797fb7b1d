import test from 'ava';
import fc from 'fast-check';
import { formatIssue } from '../../src/repository/issues.ts';
import { applicationNames, readApplication } from '../../src/repository/read-application.ts';
import { emptyRoot, readOneService, readShop, staging, treeOf } from './trees.ts';

const windlassYaml = 'environments: { staging: { branch: main } }\nimages: [{ name: acme/web, context: images/web }]\n';

test('a service with nothing but an image has windlass’s defaults', (t) => {
  const { application, images, issues, needs } = readShop('services: { web: { image: "nginx:1.27" } }');
  t.deepEqual([images, issues, needs], [[], [], []]);
  t.deepEqual(application, {
    environment: 'staging',
    name: 'shop',
    commit: '0123456789abcdef0123456789abcdef01234567',
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
        update: { order: 'start-first', parallelism: 1, monitorMs: 5000 },
        drainMs: 0,
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
  t.deepEqual(web?.update, { order: 'stop-first', parallelism: 2, monitorMs: 10_000 });
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

test('the order of keys does not matter', (t) => {
  const lines = [
    'image: nginx',
    'restart: always',
    'environment: { B: 1, A: 2 }',
    'labels: { z: 1, y: 2 }',
    'networks: [b, a]',
    'cap_add: [Y, X]',
  ];
  const tops = ['networks: { a: , b: }', 'configs: { c: { content: x } }', 'version: 3'];
  const compose = (order: readonly string[], top: readonly string[], names: readonly string[]) =>
    `${top.join('\n')}\nservices:\n${names.map((name) => `  ${name}:\n${order.map((line) => `    ${line}\n`).join('')}`).join('')}`;
  const withoutPlaces = (text: string) => JSON.stringify(readShop(text).application, (key, value) => (key === 'place' ? undefined : value));
  const expected = withoutPlaces(compose(lines, tops, ['web', 'api', 'db']));
  t.true(expected.includes('"api"'));
  const shuffled = (items: readonly string[]) => fc.shuffledSubarray([...items], { minLength: items.length });
  fc.assert(
    fc.property(shuffled(lines), shuffled(tops), shuffled(['web', 'api', 'db']), (order, top, names) => {
      t.is(withoutPlaces(compose(order, top, names)), expected);
    }),
    { numRuns: 30 },
  );
});

test('any text as compose.yaml is read or refused, never thrown at', (t) => {
  const fragment = fc.constantFrom(
    'services:',
    'web:',
    'image:',
    'ports:',
    'volumes:',
    'configs:',
    'x-windlass:',
    'networks:',
    'build:',
    'deploy:',
    'environment:',
    'depends_on:',
    'nginx',
    '80',
    '${X',
    '$',
    '[',
    ']',
    '{',
    '}',
    '- ',
    '&a ',
    '*a',
    '<<: ',
    'null',
    '~',
    '"',
    "'",
    '\n',
    '\n  ',
    '\n    ',
    '\n      ',
    ': ',
    ', ',
    '!reset ',
    'constructor:',
    '__proto__:',
  );
  const text = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.oneof(text, fc.string()), (compose, other) => {
      const { application, issues, needs } = readShop(compose, { 'environments/staging.yaml': other, 'apps/shop/.env': other });
      return (application === undefined) === issues.length > 0 && needs.length === 0;
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('variables and policies of environments/ are over those of compose.yaml', (t) => {
  const compose = `x-windlass: { policy: mutable, variables: { a: app, b: app, c: app, d: app, e: app } }
services:
  web: { image: x, deploy: { replicas: 2 }, x-windlass: { policy: immutable, variables: { b: service, c: service, d: service, e: service } } }
  api: { image: x }
`;
  const environment = `variables: { c: all, d: all, e: all }
apps: { shop: { policy: mutable, variables: { d: shop, e: shop }, services: { web: { policy: immutable, replicas: 6, variables: { e: web } } } } }
`;
  const read = (others: Record<string, string>) => {
    const [api, web] = readShop(compose, others).application?.services ?? [];
    const values = (service: typeof web) =>
      Object.values(service?.variables ?? {}).map((variable) => (variable.kind === 'constant' ? variable.value : variable.kind));
    return [web, api].map((service) => [service?.policy, service?.replicas, values(service)]);
  };
  t.deepEqual(read({}), [
    ['immutable', 2, ['app', 'service', 'service', 'service', 'service']],
    ['mutable', 1, ['app', 'app', 'app', 'app', 'app']],
  ]);
  t.deepEqual(read({ 'environments/staging.yaml': environment }), [
    ['immutable', 6, ['app', 'service', 'all', 'shop', 'web']],
    ['mutable', 1, ['app', 'app', 'all', 'shop', 'shop']],
  ]);
});

test('constants of the service are what ${…} stands for, .env what they leave; within .env the line above wins', (t) => {
  const { spec } = readOneService(
    `x-windlass: { variables: { PORT: 80 } }
services:
  web:
    image: "x:\${TAG}"
    ports: ["\${PORT}"]
    environment: { P: "\${PORT}", T: "\${TAG}", RAW: "$$PORT {{PORT}}" }
    x-windlass: { variables: { PORT: 8080 } }
`,
    { 'apps/shop/.env': 'PORT=1\nTAG=v${PORT}\n' },
  );
  t.deepEqual(spec.environment, { P: '8080', RAW: '$PORT {{PORT}}', T: 'v1' });
  t.is(spec.ports[0]?.target, 8080);
});

test('config files: single ones, a folder, text in the file, ownership and defaults', (t) => {
  const tree = treeOf(
    {
      'apps/shop/compose.yaml': `configs:
  conf.d: { file: ./conf.d }
  main: { file: ../../templates/main.conf.mustache }
  forced: { file: plain.txt, template_driver: mustache }
  inline: { content: "port $\${x} {{PORT}}" }
services:
  web:
    image: x
    configs: [main, { source: conf.d, target: /etc/conf.d, mode: "0600", uid: "7", gid: 8 }, { source: inline, target: /i, mode: 0o640 }, forced]
`,
      'apps/shop/conf.d/a.conf': 'a',
      'apps/shop/conf.d/sub/b.conf.mustache': 'b',
      'apps/shop/plain.txt': 'p',
      'templates/main.conf.mustache': 'm',
    },
    { 'templates/main.conf.mustache': '100755' },
  );
  const { application, issues } = readApplication({ tree, root: emptyRoot, environment: staging, app: 'shop', images: [] });
  t.deepEqual(issues.map(formatIssue), []);
  const file = (source: string, target: string, mode: number, from: string, template: boolean, bytes: string, id = [0, 0]) => ({
    ...{ source, target, mode, uid: id[0], gid: id[1], file: from, template, bytes },
  });
  t.deepEqual(
    application?.services[0]?.configs.map((config) => ({ ...config, bytes: Buffer.from(config.bytes).toString() })),
    [
      file('main', '/main', 0o555, 'templates/main.conf.mustache', true, 'm'),
      file('conf.d/a.conf', '/etc/conf.d/a.conf', 0o600, 'apps/shop/conf.d/a.conf', false, 'a', [7, 8]),
      file('conf.d/sub/b.conf', '/etc/conf.d/sub/b.conf', 0o600, 'apps/shop/conf.d/sub/b.conf.mustache', true, 'b', [7, 8]),
      file('inline', '/i', 0o640, 'apps/shop/compose.yaml', false, 'port ${x} {{PORT}}'),
      file('forced', '/forced', 0o444, 'apps/shop/plain.txt', true, 'p'),
    ],
  );
});

test('reactions: a service’s own come before the application’s', (t) => {
  const { reactions, drainMs } = readOneService(`x-windlass:
  on_config_change: { action: restart, verify: { tcp: 80 }, settle: { min: 2s } }
configs: { a: { content: a }, b: { content: b } }
services:
  web:
    image: x
    configs: [a, b]
    x-windlass:
      drain: 5s
      on_config_change:
        - { configs: [a], check: [nginx, -t, -c, "{{staged}}"], action: { signal: SIGHUP }, verify: { http: "http://{{container.ip}}:80/", within: 3s } }
        - { configs: [b], action: { exec: [reload, --now] }, verify: { exec: [check], within: 1m } }
`);
  t.is(drainMs, 5000);
  const settle = { minMs: 1000, maxMs: 10_000 };
  t.deepEqual(reactions, [
    {
      configs: ['a'],
      check: ['nginx', '-t', '-c', '{{staged}}'],
      action: { kind: 'signal', signal: 'HUP' },
      verify: { kind: 'http', url: 'http://{{container.ip}}:80/', status: 200, withinMs: 3000 },
      settle,
    },
    {
      configs: ['b'],
      check: undefined,
      action: { kind: 'exec', argv: ['reload', '--now'] },
      verify: { kind: 'exec', argv: ['check'], withinMs: 60_000 },
      settle,
    },
    {
      configs: undefined,
      check: undefined,
      action: { kind: 'restart' },
      verify: { kind: 'tcp', port: 80, withinMs: 10_000 },
      settle: { minMs: 2000, maxMs: 10_000 },
    },
  ]);
});

test('files that are still to be read are asked for, and nothing else is said', (t) => {
  const tree = treeOf({
    'apps/shop/compose.yaml': 'configs: { a: { file: a.conf } }\nservices: { web: { image: "x:${T}", configs: [a], env_file: web.env } }\n',
    'apps/shop/a.conf': 'a',
    'apps/shop/.env': 'T=1',
    'apps/shop/web.env': 'A=1',
    'environments/staging.yaml': '',
  });
  const ask = (files: readonly string[]) => {
    const read = { ...tree, files: new Map([...tree.files].filter(([path]) => files.includes(path))) };
    return readApplication({ tree: read, root: emptyRoot, environment: staging, app: 'shop', images: [] });
  };
  let known: readonly string[] = [];
  for (let round = 0; round < 5; round++) {
    const { application, issues, needs } = ask(known);
    t.deepEqual(issues, []);
    if (application !== undefined) break;
    t.true(needs.length > 0);
    known = [...known, ...needs];
  }
  t.deepEqual([...known].sort(), [...tree.files.keys()].sort());
});

test('a link is said to be one', (t) => {
  const tree = treeOf({ 'apps/shop/compose.yaml': '../x' }, { 'apps/shop/compose.yaml': '120000' });
  const { issues } = readApplication({ tree, root: emptyRoot, environment: staging, app: 'shop', images: [] });
  t.deepEqual(issues.map(formatIssue), ['apps/shop/compose.yaml:1:1: this is a symbolic link or submodule, which is not followed']);
});

test('applications are the folders with a compose file that the environment has', (t) => {
  const tree = treeOf({
    'apps/a/compose.yaml': '',
    'apps/b/compose.yml': '',
    'apps/c/docker-compose.yml': '',
    'apps/d/docker-compose.yaml': '',
    'apps/e/README.md': '',
    'apps/f/sub/compose.yaml': '',
    'other/compose.yaml': '',
  });
  t.deepEqual(applicationNames(tree, staging), ['a', 'b', 'c', 'd']);
  t.deepEqual(applicationNames(tree, { ...staging, apps: ['d', 'b', 'x'] }), ['b', 'd']);
});

test('two services may build one image, if they say the same of it', (t) => {
  const same = 'services:\n  a: { image: w, build: . }\n  b: { image: w, build: { context: ./ } }\n';
  t.is(readShop(same).images.length, 1);
  t.deepEqual(readShop(same.replace('./ }', './x }')).issues.map(formatIssue), [
    'apps/shop/compose.yaml:3:25: build makes w:latest differently from another service',
  ]);
});
