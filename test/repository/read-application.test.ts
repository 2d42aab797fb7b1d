import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { applicationNames } from '../../src/repository/application-names.ts';
import { formatIssue } from '../../src/repository/issues.ts';
import { readApplication } from '../../src/repository/read-application.ts';
import { emptyRoot, readOneService, readShop, staging, treeOf } from './trees.ts';

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
  const file = (
    source: string,
    target: string,
    mode: number,
    from: string,
    template: boolean,
    bytes: string,
    id = [0, 0],
    inline = {},
  ) => ({
    ...{ source, target, mode, uid: id[0], gid: id[1], file: from, template, bytes, ...inline },
  });
  t.deepEqual(
    application?.services[0]?.configs.map((config) => ({ ...config, bytes: Buffer.from(config.bytes).toString() })),
    [
      file('main', '/main', 0o555, 'templates/main.conf.mustache', true, 'm'),
      file('conf.d/a.conf', '/etc/conf.d/a.conf', 0o600, 'apps/shop/conf.d/a.conf', false, 'a', [7, 8]),
      file('conf.d/sub/b.conf', '/etc/conf.d/sub/b.conf', 0o600, 'apps/shop/conf.d/sub/b.conf.mustache', true, 'b', [7, 8]),
      file('inline', '/i', 0o640, 'apps/shop/compose.yaml', false, 'port ${x} {{PORT}}', [0, 0], {
        begins: { file: 'apps/shop/compose.yaml', line: 5, column: 22 },
      }),
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
  const settle = undefined;
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

test('a script stands beside the file that names it, whichever that is, and comes with its bytes', (t) => {
  const { services } =
    readShop(
      `include: [../../templates/web.yaml]
x-windlass: { on_config_change: { action: { script: ./reload.sh } } }
services: { lb: { image: x } }
`,
      {
        'apps/shop/reload.sh': '#!/bin/sh\n',
        'templates/web.yaml': 'services: { web: { image: x, x-windlass: { on_config_change: { action: { script: bin/reload } } } } }\n',
        'templates/bin/reload': 'x',
      },
    ).application ?? {};
  const scripts = services?.map(({ reactions: [reaction] }) => reaction?.action);
  const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  t.deepEqual(scripts, [
    { kind: 'script', file: 'apps/shop/reload.sh', hash: hash('#!/bin/sh\n'), bytes: Buffer.from('#!/bin/sh\n') },
    { kind: 'script', file: 'templates/bin/reload', hash: hash('x'), bytes: Buffer.from('x') },
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

test("a file that is too large to be read is said where it is used, and where nobody uses it is nobody's mistake", (t) => {
  const tree = treeOf({
    'apps/shop/compose.yaml': 'configs: { a: { file: ./a.conf } }\nservices: { web: { image: x, configs: [a], env_file: [b.env] } }',
  });
  const entry = (path: string) => ({ path, mode: '100644', oid: path });
  const large = ['apps/shop/a.conf', 'apps/shop/b.env', 'apps/shop/film.mkv'];
  const read = (refused: ReadonlyMap<string, string>) =>
    readApplication({
      tree: { ...tree, entries: [...tree.entries, ...large.map(entry)], refused },
      root: emptyRoot,
      environment: staging,
      app: 'shop',
      images: [],
    });
  const { issues, needs } = read(new Map(large.map((path) => [path, 'has 2048.0 MiB'])));
  t.deepEqual(issues.map(formatIssue), ['apps/shop/a.conf:1:1: this file has 2048.0 MiB', 'apps/shop/b.env:1:1: this file has 2048.0 MiB']);
  t.deepEqual(needs, []);
});
