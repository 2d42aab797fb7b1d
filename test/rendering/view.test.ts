import test from 'ava';
import { application, commit, constant, container, formula, host, hostDeclaration, input, service } from './declarations.ts';
import { render, shows, twoHosts, web, webService } from './shows.ts';

shows(
  'each variable has its own name',
  { service: service('lb', { variables: { BACKEND_PORT: constant(8443), tls: constant({ cert: '/c', on: true }) } }) },
  '{{BACKEND_PORT}} {{#tls.on}}{{tls.cert}}{{/tls.on}}',
  '8443 /c',
  ['BACKEND_PORT', 'tls.cert', 'tls.on'],
);
shows(
  'a variable of the host is stronger than all others',
  {
    service: service('lb', { variables: { rack: constant('a'), text: formula('"rack " + rack') } }),
    hostDeclarations: [
      hostDeclaration('web-1', { variables: { rack: constant('b') } }),
      hostDeclaration('web-2', { variables: { rack: constant('c') } }),
    ],
  },
  '{{rack}} {{text}}',
  'b rack b',
);
shows(
  'env is the environment of the container',
  { service: service('lb', { spec: { environment: { BACKEND_SRV: 'web' } } }) },
  '{{env.BACKEND_SRV}}',
  'web',
  ['env.BACKEND_SRV'],
);
shows('environment and commit', {}, '{{environment}} {{commit}}', `production ${commit}`);
shows('app has a name and services', { services: [webService] }, '{{app.name}} {{app.services.web.replicas}}', 'shop 3', [
  'app.name',
  'services.web.replicas',
]);
shows('service has a name and replicas', { service: service('lb', { replicas: 2 }) }, '{{service.name}} {{service.replicas}}', 'lb 2');
shows(
  'container has a name, an index and labels',
  { container: { labels: { tier: 'edge' } } },
  '{{container.name}} {{container.index}} {{container.labels.tier}}',
  'production-shop-lb-1 1 edge',
);
shows(
  'host is the one that the container runs on',
  {
    hosts: [host('web-2', [], { cpus: 1 }), host('web-1', [], { labels: { role: 'web', tier: 'test' } })],
    hostDeclarations: [hostDeclaration('web-1', { labels: { tier: 'prod' } })],
  },
  '{{host.name}} {{host.address}} {{host.cpus}} {{host.memory}} {{host.labels.role}} {{host.labels.tier}}',
  'web-1 web-1.example.com 4 8589934592 web prod',
);
shows(
  'hosts are all of them, by name',
  { hosts: [host('web-2'), host('web-1')] },
  '{{#hosts}}{{name}}={{address}} {{/hosts}}',
  'web-1=web-1.example.com web-2=web-2.example.com ',
  ['hosts'],
);
shows(
  'a service tells its name, replicas, env, ports and variables',
  { services: [webService] },
  '{{#services.web}}{{name}} {{replicas}} {{env.PORT}} {{#ports}}{{target}}/{{protocol}} {{/ports}}{{ports.1.published}} {{variables.weight}}{{/services.web}}',
  'web 3 8080 8080/tcp 9090/tcp 9091 10',
);
shows(
  'a service lists its containers',
  { services: [webService], hosts: twoHosts },
  '{{#services.web.containers}}{{index}} {{name}} {{ip}} {{host}} {{healthy}}\n{{/services.web.containers}}',
  '1 production-shop-web-1 172.18.0.2 web-1 true\n2 production-shop-web-2 172.18.0.3 web-2 true\n3 production-shop-web-3 172.18.0.4 web-1 true\n',
  ['services.web.containers'],
);

const haproxy = `backend web
{{#services.web.containers}}
  server {{name}} {{endpoints.8080.address}}:{{endpoints.8080.port}} check
{{/services.web.containers}}
`;
shows(
  'haproxy.cfg on one host names the containers',
  { services: [webService], hosts: [host('web-1', [web(1, '172.18.0.2', 32001), web(2, '172.18.0.3', 32002)])] },
  haproxy,
  `backend web
  server production-shop-web-1 172.18.0.2:8080 check
  server production-shop-web-2 172.18.0.3:8080 check
`,
);
shows(
  'haproxy.cfg over two hosts names the other host’s published ports',
  { services: [webService], hosts: twoHosts },
  haproxy,
  `backend web
  server production-shop-web-1 172.18.0.2:8080 check
  server production-shop-web-2 web-2.example.com:32002 check
  server production-shop-web-3 172.18.0.4:8080 check
`,
);
shows(
  'a candidate that is ready takes its predecessor’s place under the final name',
  {
    services: [webService],
    hosts: [
      host('web-1', [
        web(1, '172.18.0.2', 1),
        { ...web(1, '172.18.0.9', 2), name: 'production-shop-web-1.next', spec: 'b' },
        web(7, '172.18.0.7', 3),
      ]),
    ],
  },
  haproxy,
  'backend web\n  server production-shop-web-1 172.18.0.9:8080 check\n',
);
shows(
  'services of other applications are under apps',
  {
    applications: [application('blog', [service('db', { spec: { environment: { PORT: '5432' } } })])],
    hosts: [host('web-1', [container('production-blog-db-1', { networks: { other: { ip: '172.19.0.2' } } })])],
  },
  '{{#apps.blog.services.db.containers}}{{name}} {{ip}}{{/apps.blog.services.db.containers}} {{apps.blog.services.db.env.PORT}} {{apps.shop.services.lb.name}}',
  'production-blog-db-1 172.19.0.2 5432 lb',
  ['apps.blog.services.db.containers', 'apps.blog.services.db.env.PORT', 'services.lb.name'],
);

shows(
  'a MySQL buffer pool is three quarters of the host’s memory',
  {
    service: service('db', { variables: { pool: formula('host.memory / 1048576 * 3 / 4') } }),
    hosts: [host('web-1', [], { memory: 16 * 1024 ** 3 })],
  },
  'innodb_buffer_pool_size = {{pool}}M\n',
  'innodb_buffer_pool_size = 12288M\n',
  ['host.memory', 'pool'],
);
test('MySQL shares out the memory of its host among the containers that are there', (t) => {
  const pool =
    'host.memory * 7 / 10 / (services.db.containers.filter(c, c.host == host.name && c.name != container.name).size() + 1) / 1048576';
  const db = service('db', { replicas: 3, variables: { pool: formula(pool) } });
  const member = (index: number) => container(`production-shop-db-${index}`);
  const memory = { memory: 10 * 1024 ** 3 };
  const on = (name: string, ...hosts: readonly ReturnType<typeof host>[]) =>
    render('innodb_buffer_pool_size = {{pool}}M', input({ service: db, container: { name, host: 'web-1' }, hosts })).text;
  const first = 'production-shop-db-1';
  t.is(on(first, host('web-1', [], memory)), 'innodb_buffer_pool_size = 7168M', 'before it is there itself');
  t.is(on(first, host('web-1', [member(1)], memory)), 'innodb_buffer_pool_size = 7168M', 'and once it is');
  t.is(on(first, host('web-1', [member(1), member(2)], memory), host('web-2', [member(3)])), 'innodb_buffer_pool_size = 3584M');
  t.is(
    on('production-shop-db-2', host('web-1', [member(1)], memory)),
    'innodb_buffer_pool_size = 3584M',
    'the second is made with its half',
  );
});
