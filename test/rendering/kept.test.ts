import test from 'ava';
import fc from 'fast-check';
import type { HostRecord } from '../../src/model/host.ts';
import { createKept } from '../../src/rendering/kept.ts';
import { configIdentity, createKeptRenderings, renderService } from '../../src/rendering/service-files.ts';
import { createSurroundings } from '../../src/rendering/surroundings.ts';
import { Secret } from '../../src/secret.ts';
import { application, container, file, formula, host, input, port, secret, service } from './declarations.ts';

const named = (name: string, text: string) => file(text, { source: name, target: `/etc/${name}` });
const variables = {
  pool: formula('host.memory / max(1, services.web.containers.filter(c, c.host == host.name).size())'),
  password: secret('p'),
  chosen: formula('services[env.OF].containers.map(c, c.name)'),
};
const reader = service('lb', {
  variables,
  spec: { environment: { OF: 'api' } },
  configs: [
    named('plain', 'nothing of anybody'),
    named('web', '{{#services.web.containers}}{{name}} {{ip}} {{healthy}} {{endpoints.80.port}}\n{{/services.web.containers}}'),
    named('blog', '{{#apps.blog.services.db.containers}}{{ip}}{{/apps.blog.services.db.containers}}'),
    named('chosen', '{{#chosen}}{{.}} {{/chosen}}'),
    named('pool', '{{pool}}'),
    named('hosts', '{{#hosts}}{{name}} {{address}} {{labels.rack}}\n{{/hosts}}'),
    named('password', '{{password}}'),
  ],
});
const others = [service('web', { replicas: 9, spec: { ports: [port(80)] } }), service('api', { replicas: 9 })];
const blog = application('blog', [service('db', { replicas: 9 })]);

const member = (name: string, ip: string, over = {}) => container(name, { networks: { 'production-shop_default': { ip } }, ...over });
const web = (ip = '172.18.0.2', over = {}) => member('production-shop-web-1', ip, over);
const api = (ip = '172.18.0.3') => member('production-shop-api-1', ip);
const db = (ip = '172.18.0.4') => member('production-blog-db-1', ip);
const around = (hosts: readonly HostRecord[], password = 'hunter22') =>
  createSurroundings({ environment: 'production', hosts, secrets: { p: new Secret(password) } });
const one = (containers = [web(), api(), db()], over: Partial<HostRecord> = {}) =>
  host('web-1', containers, { labels: { rack: 'a' }, ...over });

/** Which files are rendered again when the one host is no longer as it was. */
function renderedAnew(before: readonly HostRecord[], after: readonly HostRecord[], password?: string) {
  const kept = createKeptRenderings();
  const render = (hosts: readonly HostRecord[], text?: string) =>
    renderService({ ...input({ service: reader, services: others, applications: [blog] }), surroundings: around(hosts, text), kept });
  render(before);
  return render(after, password).anew.map((target) => target.slice('/etc/'.length));
}

const renders = (title: string, after: HostRecord, expected: readonly string[], password?: string) =>
  test(title, (t) => t.deepEqual(renderedAnew([one()], [after], password), expected));

renders('nothing is rendered again while nothing has changed', one(), []);
renders('a new address renders the files that list the service', one([web('172.18.0.9'), api(), db()]), ['web', 'pool']);
renders('so does a container that turned unhealthy', one([web('172.18.0.2', { health: 'unhealthy' }), api(), db()]), ['web', 'pool']);
renders('a container of a service that a formula chose', one([web(), api('172.18.0.9'), db()]), ['chosen']);
renders('a container of another application', one([web(), api()]), ['blog']);
renders('a container that nobody lists renders nothing', one([web(), api(), db(), member('production-shop-job-1', '172.18.0.8')]), []);
renders(
  'what no view can show renders nothing',
  one([web('172.18.0.2', { restartCount: 7, startedAt: 'later', configs: {} }), api(), db()]),
  [],
);
renders('memory that a formula read', one(undefined, { memory: 1024 ** 3 }), ['pool', 'hosts']);
renders('a sign of life renders nothing', one(undefined, { lastSeen: 5, session: 'other', images: [] }), []);
renders('a secret renders the file that read it', one(), ['password'], 'other');

test('a container on another host is another rendering', (t) => {
  const kept = createKeptRenderings();
  const hosts = [one(), host('web-2', [], { cpus: 8 })];
  const small = service('lb', { configs: [named('cpus', '{{host.cpus}}')] });
  const on = (name: string) => renderService({ ...input({ service: small, hosts, container: { host: name } }), kept }).files[0]?.bytes;
  t.deepEqual(
    [on('web-1'), on('web-2'), on('web-1')].map((bytes) => String(bytes)),
    [String([52]), String([56]), String([52])],
  );
});

test('with what is kept, everything is rendered as without', (t) => {
  const containers = fc
    .record({
      web: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
      api: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
      db: fc.boolean(),
      health: fc.constantFrom('healthy' as const, 'unhealthy' as const, 'starting' as const),
    })
    .map((chosen) => [
      ...chosen.web.map((ip, i) => member(`production-shop-web-${i + 1}`, `10.0.0.${ip}`, { health: chosen.health })),
      ...chosen.api.map((ip, i) => member(`production-shop-api-${i + 1}`, `10.0.1.${ip}`)),
      ...(chosen.db ? [db()] : []),
    ]);
  const hosts = fc
    .array(fc.record({ containers, memory: fc.constantFrom(1, 2), rack: fc.constantFrom('a', 'b') }), { minLength: 1, maxLength: 3 })
    .map((list) =>
      list.map(({ rack, ...each }, i) => host(`web-${i + 1}`, each.containers, { memory: each.memory * 1024 ** 3, labels: { rack } })),
    );
  const times = fc.array(fc.tuple(hosts, fc.constantFrom('hunter22', 'hunter33')), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(times, (moments) => {
      const kept = createKeptRenderings();
      for (const [now, password] of moments) {
        const given = { ...input({ service: reader, services: others, applications: [blog] }), surroundings: around(now, password) };
        const { anew: _, ...fresh } = renderService(given);
        const { anew, ...reused } = renderService({ ...given, kept });
        t.deepEqual(reused, fresh);
        t.is(configIdentity({ ...given, kept }), configIdentity(given));
        t.deepEqual(renderService({ ...given, kept }).anew, [], `${anew}`);
      }
    }),
    { numRuns: 40 },
  );
});

test('what would be too much to keep is rendered each time', (t) => {
  const kept = createKept<string>(10, (text) => text.length);
  const surroundings = around([]);
  let made = 0;
  const get = (key: string, text: string) =>
    kept.get(key, surroundings, () => {
      made++;
      return text;
    });
  for (const _ of [1, 2]) t.is(get('a', '12345678'), '12345678');
  t.is(made, 1);
  for (const _ of [1, 2]) t.is(get('b', '1234'), '1234');
  t.is(made, 3);
});
