import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';
import { compileService, configIdentity, type RenderInput, renderService } from '../../src/rendering/service-files.ts';
import {
  application,
  constant,
  container,
  file,
  formula,
  host,
  hostDeclaration,
  input,
  network,
  port,
  secret,
  service,
} from './declarations.ts';

const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

test('a file comes with its place, bytes, hash and what it read', (t) => {
  const lb = service('lb', { configs: [file('{{environment}}\n', { mode: 0o600, uid: 101, gid: 102 })] });
  const { files, issues, secrets } = renderService(input({ service: lb }));
  t.deepEqual(issues, []);
  t.deepEqual(secrets, []);
  t.deepEqual(files, [
    {
      source: 'lb.conf',
      target: '/etc/lb.conf',
      mode: 0o600,
      uid: 101,
      gid: 102,
      bytes: new TextEncoder().encode('production\n'),
      hash: `sha256:${createHash('sha256').update('production\n').digest('hex')}`,
      origin: 'apps/shop/lb.conf.mustache',
      lines: undefined,
      reads: ['environment'],
      lists: [],
    },
  ]);
});

test('a file without a template is taken as it is, whatever its bytes', (t) => {
  const bytes = new Uint8Array([0xff, 0x00, 0x7b, 0x7b]);
  const { files, issues } = renderService(input({ service: service('lb', { configs: [file(bytes, { template: false })] }) }));
  t.deepEqual(issues, []);
  t.deepEqual(files[0]?.bytes, bytes);
});

test('a template that is not UTF-8 is an issue', (t) => {
  const { issues, files } = renderService(input({ service: service('lb', { configs: [file(new Uint8Array([0xff]))] }) }));
  t.deepEqual(files, []);
  t.like(issues[0], { file: 'apps/shop/lb.conf.mustache', line: 1, column: 1 });
});

test('the mistakes of all files are reported, and the good ones rendered', (t) => {
  const configs = [file('{{a}}', { file: 'a' }), file('ok', { file: 'b' }), file('{{#c}}', { file: 'c' })];
  const { files, issues } = renderService(input({ service: service('lb', { configs }) }));
  t.deepEqual(
    issues.map((issue) => issue.file),
    ['a', 'c'],
  );
  t.deepEqual(
    files.map(({ bytes }) => textOf(bytes)),
    ['ok'],
  );
});

test('what one file read is not put down to another', (t) => {
  const variables = { port: formula('int(env.PORT)') };
  const lb = service('lb', {
    variables,
    spec: { environment: { PORT: '80' } },
    configs: [file('{{port}}'), file('{{port}}'), file('{{commit}}')],
  });
  t.deepEqual(
    renderService(input({ service: lb })).files.map(({ reads }) => reads),
    [['env.PORT', 'port'], ['env.PORT', 'port'], ['commit']],
  );
});

test('compiling finds the mistakes of templates and formulas that need no view', (t) => {
  const variables = { good: formula('nobody.knows'), bad: formula('1 +', 42), text: constant('{{') };
  const configs = [file('{{unknown}}'), file('\n{{#open}}', { file: 'b' }), file('{{#open}}', { template: false })];
  t.deepEqual(
    compileService(service('lb', { variables, configs })).map((issue) => `${issue.file}:${issue.line}`),
    ['b:2', 'apps/shop/compose.yaml:42'],
  );
});

const everything = `{{environment}} {{#hosts}}{{name}} {{address}} {{/hosts}}{{x}}{{list}}{{names}}
{{#services.web.containers}}{{index}} {{name}} {{host}} {{ip}} {{endpoints.80.address}}:{{endpoints.80.port}} {{healthy}}
{{/services.web.containers}}{{#settings}}{{a}}{{b}}{{/settings}}{{keys}}`;

/** Two replicas on each host, one of them a candidate beside its predecessor. */
function cluster(count: number): readonly HostRecord[] {
  const record = (at: number, index: number, over: Partial<ContainerRecord> = {}) =>
    container(`production-shop-web-${index}`, {
      networks: { [network]: { ip: `172.18.${at}.${index}` }, other: { ip: '10.9.9.9' } },
      ports: [{ target: 80, protocol: 'tcp', published: 30000 + index, hostIp: '0.0.0.0' }],
      ...over,
    });
  return Array.from({ length: count }, (_, at) => {
    const candidate = record(at, 2 * at + 1, { name: `production-shop-web-${2 * at + 1}.next`, spec: 'b' });
    return host(`web-${at + 1}`, [record(at, 2 * at + 1), candidate, record(at, 2 * at + 2)]);
  });
}

const shuffledObject = <T>(object: Readonly<Record<string, T>>): fc.Arbitrary<Record<string, T>> => {
  const entries = Object.entries(object);
  return fc.shuffledSubarray(entries, { minLength: entries.length }).map((shuffled) => Object.fromEntries(shuffled));
};
const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...list], { minLength: list.length });

test('equal views give equal bytes, whatever the order of hosts, containers, applications and keys', (t) => {
  const settings = { a: 1, b: 'two', c: [1, 2], d: null };
  const variables = {
    x: formula('services.web.containers.map(c, c.name).join("+")'),
    list: formula('hosts.map(h, h.name).join(",")'),
    names: formula('services.map(s, s).join(",")'),
    keys: formula('settings.map(k, k).join(",")'),
    settings: constant(settings),
  };
  const web = service('web', { replicas: 99, spec: { ports: [port(80)] } });
  const make = (hosts: readonly HostRecord[], apps: readonly string[], order: typeof settings, named: typeof variables): RenderInput =>
    input({
      service: service('lb', { variables: { ...named, settings: constant(order) }, configs: [file(everything)] }),
      services: [web, service('api')],
      applications: apps.map((name) => application(name, [])),
      hosts,
    });
  const rendered = (given: RenderInput) => {
    const { files, issues } = renderService(given);
    return [issues, textOf(files[0]?.bytes), files[0]?.hash, files[0]?.reads];
  };
  const expected = rendered(make(cluster(3), ['a', 'b'], settings, variables));
  t.deepEqual(expected[0], []);
  const arbitrary = fc.tuple(
    shuffled(cluster(3)).chain((hosts) =>
      fc.tuple(...hosts.map((each) => shuffled(each.containers).map((containers) => ({ ...each, containers })))),
    ),
    shuffled(['a', 'b']),
    shuffledObject(settings),
    shuffledObject(variables),
  );
  fc.assert(
    fc.property(arbitrary, ([hosts, apps, order, named]) => {
      t.deepEqual(rendered(make(hosts, apps, order as typeof settings, named as typeof variables)), expected);
    }),
    { numRuns: 50 },
  );
});

const listing = '{{#services.web.containers}}{{name}} {{ip}} {{endpoints.80.port}}\n{{/services.web.containers}}{{host.memory}} {{port}}\n';
const identified = (
  over: {
    text?: string;
    port?: number;
    hosts?: readonly HostRecord[];
    replicas?: number;
    host?: string;
    mode?: number;
    rack?: string;
  } = {},
) =>
  configIdentity(
    input({
      service: service('lb', {
        variables: { port: constant(over.port ?? 1), password: secret('p') },
        configs: [file(over.text ?? listing, { mode: over.mode ?? 0o644 })],
      }),
      services: [service('web', { replicas: over.replicas ?? 3, spec: { ports: [port(80)] } })],
      hosts: over.hosts ?? cluster(1),
      hostDeclarations: [hostDeclaration('web-1', { variables: { rack: constant(over.rack ?? 'a') } })],
      container: { host: over.host ?? 'web-1' },
      secrets: { p: 'hunter22' },
    }),
  );

test('the canonical bytes have stand-ins for what is discovered', (t) => {
  const web = service('web', { replicas: 3, spec: { ports: [port(80)] } });
  const lb = service('lb', { variables: { port: constant(1) }, configs: [file(listing)] });
  const { files, issues } = renderService({ ...input({ service: lb, services: [web], hosts: [] }), canonical: true });
  t.deepEqual(issues, []);
  t.is(textOf(files[0]?.bytes), 'production-shop-web-1 192.0.2.1 80\n1073741824 1\n');
});

const sameIdentity = (title: string, over: Parameters<typeof identified>[0]) => test(title, (t) => t.is(identified(over), identified()));
const otherIdentity = (title: string, over: Parameters<typeof identified>[0]) => test(title, (t) => t.not(identified(over), identified()));

test('an identity is a hash', (t) => t.regex(identified(), /^sha256:[0-9a-f]{64}$/));
sameIdentity('members do not change the identity', { hosts: cluster(3) });
sameIdentity('no members do not change the identity', { hosts: [] });
sameIdentity('the facts of a host do not change the identity', { hosts: [host('web-1', [], { memory: 1, address: 'x', cpus: 64 })] });
sameIdentity('the host that a container is on does not change the identity', { host: 'web-2' });
sameIdentity('scaling a service that is listed does not change the identity of its readers', { replicas: 6 });
sameIdentity('a comment in the template does not change the identity', { text: `{{! why }}\n${listing}` });
otherIdentity('a variable that is read changes the identity', { port: 2 });
otherIdentity('the template’s text changes the identity', { text: `${listing}# more\n` });
otherIdentity('the mode of a file changes the identity', { mode: 0o600 });
sameIdentity('a variable of the host that is not read does not change the identity', { rack: 'b' });

test('where stand-ins do not do, the identity is over templates and variables', (t) => {
  const text = '{{services.web.containers.2.ip}}{{port}}{{password}}';
  const before = identified({ text });
  t.is(identified({ text, hosts: cluster(3) }), before);
  t.not(identified({ text, port: 2 }), before);
  t.not(identified({ text, rack: 'b' }), before);
  t.not(identified({ text: `${text}.` }), before);
});
