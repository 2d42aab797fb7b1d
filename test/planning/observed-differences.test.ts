import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ContainerInspect, ImageInspect } from '../../src/docker/engine.ts';
import { composeContainerOf } from '../../src/inventory/compose-container.ts';
import type { ContainerSpec, Service } from '../../src/model/application.ts';
import type { ComposeContainer } from '../../src/model/host.ts';
import { observedDifferences } from '../../src/planning/observed-differences.ts';
import { readShop } from '../repository/trees.ts';

/** What `docker compose -p shop up -d` (2.40.3, engine 20.10.24) made of the folder's compose.yaml, as the engine tells it. */
const folder = new URL(`${import.meta.url.includes('/dist/') ? '../../../' : '../../'}test/fixtures/compose-made/`, import.meta.url);
const read = (name: string): string => readFileSync(fileURLToPath(new URL(name, folder)), 'utf8');
const inspects: readonly ContainerInspect[] = JSON.parse(read('containers.json'));
const [image]: readonly ImageInspect[] = JSON.parse(read('image.json'));

const adopting = {
  'apps/shop/.env': read('env'),
  'environments/staging.yaml': 'apps: { shop: { adopt: shop } }\n',
};

function declared(compose = read('compose.yaml')): readonly Service[] {
  const { application, issues } = readShop(compose, adopting);
  if (!application) throw new Error(JSON.stringify(issues));
  return application.services;
}

function running(service: string): ComposeContainer {
  const inspect = inspects.find(({ Config }) => Config.Labels['com.docker.compose.service'] === service);
  const found = inspect && composeContainerOf(inspect, image);
  if (!found) throw new Error(`no container of ${service}`);
  return found;
}

function differences(service: string, over: Partial<ContainerSpec> = {}, compose?: string): readonly string[] {
  const found = declared(compose).find(({ name }) => name === service);
  if (!found) throw new Error(`no service ${service}`);
  return observedDifferences({ service, spec: { ...found.spec, ...over }, targets: [] }, running(service).observed);
}

test('what Compose made of a file is what the file declares', (t) => {
  for (const { name } of declared()) t.deepEqual(differences(name), [], name);
});

test('a Compose container is known by its project, service and number', (t) => {
  const { project, service, number, name, state } = running('db');
  t.deepEqual(
    { project, service, number, name, state },
    { project: 'shop', service: 'db', number: 1, name: 'shop-db-1', state: 'running' },
  );
});

test('no value of an environment leaves the host', (t) => {
  t.false(JSON.stringify(running('db')).includes('s3cret'));
  t.deepEqual(differences('db', { environment: { DB_NAME: 'shop', DB_PASSWORD: 'other', MORE: '1' } }), [
    'environment: DB_PASSWORD has another value, MORE is missing',
  ]);
  t.deepEqual(differences('db', { environment: { DB_NAME: 'shop' } }), ['environment: DB_PASSWORD is not declared']);
});

test('a run of a one-off command, and what windlass made, are not Compose replicas', (t) => {
  const [first] = inspects;
  const labelled = (labels: Record<string, string>) =>
    first && composeContainerOf({ ...first, Config: { ...first.Config, Labels: { ...first.Config.Labels, ...labels } } }, image);
  t.truthy(labelled({}));
  t.is(labelled({ 'com.docker.compose.oneoff': 'True' }), undefined);
  t.is(labelled({ 'com.docker.compose.container-number': 'x' }), undefined);
  t.is(labelled({ 'windlass.app': 'shop' }), undefined, 'a stranger');
});

const changes: readonly (readonly [string, Partial<ContainerSpec>, string])[] = [
  ['db', { restart: 'always' }, 'restart: unless-stopped → always'],
  ['db', { memoryBytes: 128 * 1024 * 1024 }, 'memory: 67108864 → 134217728'],
  ['db', { cpus: undefined }, 'cpus: 0.5 → none'],
  ['db', { capDrop: [] }, 'cap_drop: ["NET_RAW"] → none'],
  ['db', { securityOpt: [] }, 'security_opt: ["no-new-privileges=true"] → none'],
  ['db', { stopGracePeriodMs: 30_000 }, 'stop_grace_period: 1 s → 30 s'],
  ['db', { mounts: [] }, 'volumes: /data is volume shop_data → not mounted'],
  [
    'db',
    { logging: { driver: 'json-file', options: { 'max-size': '20m' } } },
    'logging: ["json-file","max-size=10m"] → ["json-file","max-size=20m"]',
  ],
  ['db', { command: ['true'] }, 'command: ["sh","-c","date > /data/started; exec httpd -f -p 5432 -h /data"] → ["true"]'],
  ['web', { user: undefined }, 'user: 0:0 → none'],
  ['web', { init: undefined }, 'init: true → false'],
  ['web', { extraHosts: [] }, 'extra_hosts: ["printer:10.0.0.9"] → none'],
  ['web', { networks: [{ name: 'shop_default', aliases: [] }] }, 'networks: ["shop_back","shop_default"] → ["shop_default"]'],
  ['web', { command: undefined }, 'command: ["httpd","-f","-p","80","-h","/tmp"] → ["/bin/sh"]'],
  ['files', { command: undefined }, 'command: ["-f","-p","80"] → none'],
  ['files', { labels: { tier: 'back', more: '' } }, 'labels: more is missing, tier has another value'],
  ['files', { hostname: undefined }, 'hostname: filer → none'],
  ['files', { readOnly: false }, 'read_only: true → false'],
  ['files', { stopSignal: undefined }, 'stop_signal: INT → TERM'],
  ['files', { restart: 'on-failure' }, 'restart: on-failure:3 → on-failure'],
  [
    'files',
    { healthcheck: { test: ['CMD', 'true'], intervalMs: 5000, timeoutMs: undefined, startPeriodMs: undefined, retries: undefined } },
    'healthcheck: none → ["CMD","true"] every 5 s, timeout default, start default, default retries',
  ],
];

for (const [service, over, expected] of changes) {
  test(`a changed ${Object.keys(over)[0]} of ${service} is told with what it is and should be`, (t) => {
    t.deepEqual(differences(service, over), [expected]);
  });
}

test('a port that came or moved is told with all of them', (t) => {
  const compose = read('compose.yaml').replace('"8000:80"', '"8080:80"');
  t.deepEqual(differences('web', {}, compose), [
    'ports: ["127.0.0.1:8001:80","8000:80","9100:9100/udp","9101:9101/udp"] → ["127.0.0.1:8001:80","8080:80","9100:9100/udp","9101:9101/udp"]',
  ]);
});

test('a volume under another name is a difference, never a silent new one', (t) => {
  const compose = read('compose.yaml').replace('volumes: { data: {} }', 'volumes: { data: { name: other } }');
  t.deepEqual(differences('db', {}, compose), ['volumes: /data is volume shop_data → volume other']);
});

test('a mount where a config file belongs is told as such', (t) => {
  const { spec } = declared().find(({ name }) => name === 'files') ?? {};
  if (!spec) throw new Error('no service files');
  const mounts = spec.mounts.filter(({ target }) => target !== '/hosthostname');
  const told = observedDifferences({ service: 'files', spec: { ...spec, mounts }, targets: ['/hosthostname'] }, running('files').observed);
  t.deepEqual(told, ['volumes: /hosthostname is /etc/hostname (read-only) → a config file']);
});

test('a mount where a folder of config files belongs is told as such', (t) => {
  const { spec } = declared().find(({ name }) => name === 'files') ?? {};
  if (!spec) throw new Error('no service files');
  const mounts = spec.mounts.filter(({ target }) => target !== '/hosthostname');
  const targets = ['/hosthostname/a', '/hosthostname/b'];
  const told = observedDifferences({ service: 'files', spec: { ...spec, mounts }, targets }, running('files').observed);
  t.deepEqual(told, ['volumes: /hosthostname is /etc/hostname (read-only) → a folder of config files']);
});

test('a setting of the engine that no declaration can say is not overlooked', (t) => {
  const [first] = inspects;
  if (!first) throw new Error('no container');
  const found = composeContainerOf(
    { ...first, HostConfig: { ...first.HostConfig, VolumesFrom: ['other'], SomethingNew: ['x'] } as never },
    image,
  );
  t.deepEqual(found?.observed.beyond, ['VolumesFrom: ["other"]', 'SomethingNew: ["x"]']);
});

test('what the image says is no difference, whether declared or not', (t) => {
  const observed = running('files').observed;
  const service = declared().find(({ name }) => name === 'files');
  if (!service) throw new Error('no service');
  const spec = { ...service.spec, entrypoint: undefined, command: undefined };
  const ofImage = { ...observed.image, entrypoint: ['httpd'], command: ['-f', '-p', '80'], volumes: ['/var/lib'] };
  const withVolume = {
    ...observed.spec,
    mounts: [
      ...observed.spec.mounts,
      { type: 'volume' as const, source: undefined, target: '/var/lib', readOnly: false, tmpfsSizeBytes: undefined, tmpfsMode: undefined },
    ],
  };
  t.deepEqual(observedDifferences({ service: 'files', spec, targets: [] }, { ...observed, spec: withVolume, image: ofImage }), []);
});
