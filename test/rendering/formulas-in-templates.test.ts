import test from 'ava';
import { createReading } from '../../src/rendering/reading.ts';
import { application, commit, constant, container, formula, host, input, place, secret, service } from './declarations.ts';
import { refuses, render, shows, twoHosts, webService } from './shows.ts';

/** The table of docs/configuration.md, name by name. */
const everyName: Readonly<Record<string, string>> = {
  maxconn: '500',
  'env.BACKEND_SRV': 'web',
  environment: 'production',
  commit,
  'app.name': 'shop',
  'app.services.web.replicas': '3',
  'service.name': 'lb',
  'service.replicas': '2',
  'container.name': 'production-shop-lb-1',
  'container.index': '1',
  'container.labels.tier': 'edge',
  'host.name': 'web-1',
  'host.address': 'web-1.example.com',
  'host.cpus': '4',
  'host.memory': '8589934592',
  'host.labels.rack': 'a',
  'services.web.name': 'web',
  'services.web.replicas': '3',
  'services.web.env.PORT': '8080',
  'services.web.ports[0].target': '8080',
  'services.web.variables.weight': '10',
  'services.web.containers[1].name': 'production-shop-web-2',
  'services.web.containers[1].index': '2',
  'services.web.containers[0].ip': '172.18.0.2',
  'services.web.containers[1].host': 'web-2',
  'services.web.containers[0].healthy': 'true',
  'services.web.containers[0].endpoints["8080"].address': '172.18.0.2',
  'services.web.containers[1].endpoints["8080"].port': '32002',
  'apps.blog.services.db.env.PORT': '5432',
  'apps.blog.services.db.containers[0].ip': '172.19.0.2',
  'hosts[1].name': 'web-2',
  'hosts[0].labels.rack': 'a',
};
for (const [cel, expected] of Object.entries(everyName)) {
  shows(
    `a formula reaches ${cel}`,
    {
      service: service('lb', {
        replicas: 2,
        spec: { environment: { BACKEND_SRV: 'web' } },
        variables: { maxconn: constant(500), value: formula(`string(${cel})`) },
      }),
      services: [webService],
      applications: [application('blog', [service('db', { spec: { environment: { PORT: '5432' } } })])],
      hosts: twoHosts.map((one) => ({
        ...one,
        labels: { rack: 'a' },
        containers: [
          ...one.containers,
          ...(one.name === 'web-1' ? [container('production-blog-db-1', { networks: { other: { ip: '172.19.0.2' } } })] : []),
        ],
      })),
      container: { labels: { tier: 'edge' } },
    },
    '{{value}}',
    expected,
  );
}

shows(
  'a formula chooses the service by the environment of the container',
  {
    service: service('lb', {
      variables: { backends: formula('services[env.BACKEND_SRV].containers') },
      spec: { environment: { BACKEND_SRV: 'web' } },
    }),
    services: [webService, service('api')],
    hosts: twoHosts,
  },
  '{{#backends}}{{name}} {{/backends}}',
  'production-shop-web-1 production-shop-web-2 production-shop-web-3 ',
  ['backends', 'env.BACKEND_SRV', 'services.web.containers'],
);
shows(
  'a formula reads other formulas, and a double stays one on the way',
  {
    service: service('lb', {
      variables: {
        half: formula('double(host.cpus) / 2.0'),
        more: formula('half * 1.5'),
        both: formula('[half, more]'),
        sum: formula('both[0] + both[1]'),
      },
    }),
  },
  '{{half}} {{more}} {{sum}}',
  '2 3 5',
);
shows(
  'a formula that nothing reads is not evaluated',
  { service: service('lb', { variables: { broken: formula('1 / 0'), secret: secret('absent'), fine: formula('1 + 1') } }) },
  '{{fine}}',
  '2',
);
shows(
  'the formulas of another service see that service',
  {
    services: [
      service('web', {
        variables: { size: formula('service.replicas * factor'), factor: constant(3), n: formula('services.lb.replicas') },
      }),
    ],
    applications: [application('blog', [service('db', { variables: { all: formula('services.db.containers.map(c, c.name)') } })])],
    hosts: [host('web-1', [container('production-blog-db-1')])],
  },
  '{{services.web.variables.size}} {{services.web.variables.n}} {{#apps.blog.services.db.variables.all}}{{.}}{{/apps.blog.services.db.variables.all}}',
  '3 1 production-blog-db-1',
  [
    'apps.blog.services.db.containers',
    'apps.blog.services.db.variables.all',
    'services.lb.replicas',
    'services.web.replicas',
    'services.web.variables.factor',
    'services.web.variables.n',
    'services.web.variables.size',
  ],
);
shows(
  'a label may be called like something of JavaScript',
  { container: { labels: JSON.parse('{"__proto__": "a", "constructor": "b"}') } },
  '{{container.labels.__proto__}}{{container.labels.constructor}}',
  'ab',
);

refuses(
  'formulas that need each other are named as a cycle',
  { service: service('lb', { variables: { a: formula('b + 1', 11), b: formula('c + 1', 12), c: formula('a + 1', 13) } }) },
  '{{a}}',
  'apps/shop/compose.yaml:11:3: the formula of "a" needs its own value: a → b → c → a',
);
refuses(
  'a cycle may go through another service',
  {
    service: service('lb', { variables: { a: formula('services.web.variables.b', 11) } }),
    services: [service('web', { variables: { b: formula('services.web.variables.c', 12), c: formula('b', 13) } })],
  },
  '{{a}}',
  'apps/shop/compose.yaml:12:3: the formula of "b" needs its own value: services.web.variables.b → services.web.variables.c → services.web.variables.b',
);
refuses(
  'the formula of another service has no container and no host',
  { services: [service('web', { variables: { m: formula('host.memory') } })] },
  '{{services.web.variables.m}}',
  'apps/shop/compose.yaml:7:3: formula: Unknown variable: host\ndid you mean "hosts"?',
);
refuses(
  'a mistake in a formula stands at the formula, once for all its readers',
  { service: service('lb', { variables: { n: formula('host.memry') } }) },
  '{{n}} {{n}}',
  'apps/shop/compose.yaml:7:3: formula: No such key: memry\ndid you mean "memory"?',
);
refuses(
  'a missing secret says which file is expected',
  { service: service('lb', { variables: { password: secret('shop-db') } }) },
  '{{password}}',
  'apps/shop/compose.yaml:7:3: secret "shop-db" is missing: put it into the file shop-db in WINDLASS_SECRETS_DIR',
);
refuses(
  'a secret is not looked up among inherited names',
  { service: service('lb', { variables: { password: secret('constructor') } }) },
  '{{password}}',
  'apps/shop/compose.yaml:7:3: secret "constructor" is missing: put it into the file constructor in WINDLASS_SECRETS_DIR',
);
refuses(
  'a port that the reader cannot reach is an issue',
  { services: [webService], hosts: twoHosts },
  '{{#services.web.containers}}{{endpoints.80.port}}{{/services.web.containers}}',
  'apps/shop/lb.conf.mustache:1:29: "endpoints" has no "80": from here only 8080, 9090 of that container can be reached; publish the port, or put both on one network of one host',
  'apps/shop/lb.conf.mustache:1:29: "endpoints" has no "80": from here only 8080 of that container can be reached; publish the port, or put both on one network of one host',
);
refuses(
  'facts of a host that has not reported are an issue',
  { container: { host: 'web-9' } },
  '{{host.name}} {{host.memory}}',
  `${place.file}:7:3: host.memory is not known: the agent of host "web-9" has not reported yet; see windlass hosts`,
);
refuses('container.ip is not known to a file', {}, '{{container.ip}}', 'apps/shop/lb.conf.mustache:1:1: "container" has no "ip"');

test('a secret is its text, and reported for masking', (t) => {
  const lb = service('lb', { variables: { password: secret('shop-db'), url: formula('"db://" + password'), other: secret('unread') } });
  const rendered = render('{{url}}', input({ service: lb, secrets: { 'shop-db': 'hunter22', unread: 'nothing' } }));
  t.deepEqual(rendered, { text: 'db://hunter22', reads: ['password', 'url'], messages: [], secrets: ['hunter22'] });
});

test('paths of the own application are the same whatever way a template takes', (t) => {
  const reading = createReading('shop');
  for (const path of ['services.web.name', 'app.services.web.name', 'apps.shop.services.web.name']) reading.record(path);
  t.deepEqual(reading.paths(), ['services.web.name']);
});
