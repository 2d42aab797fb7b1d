import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { checkout } from '../../playground/windlass-process.ts';
import { formatIssue } from '../../src/repository/issues.ts';
import { mistakes, readShop } from './trees.ts';

const compose = (name: string) => readFileSync(join(checkout, 'test/fixtures/projects', `${name}.yaml`), 'utf8');

const takes = (name: string, services: readonly string[]) =>
  test(`a project like those that people publish: ${name}`, (t) => {
    const { application, issues } = readShop(compose(name));
    t.deepEqual(issues.map(formatIssue), []);
    t.deepEqual(
      application?.services.map((service) => service.name),
      services,
    );
  });

takes('wordpress', ['db', 'wordpress']);
takes('nginx-flask-mysql', ['backend', 'db', 'proxy']);
takes('prometheus-grafana', ['grafana', 'node-exporter', 'prometheus']);
takes('gitea-postgres', ['db', 'server']);
takes('traefik', ['base', 'traefik', 'whoami']);

test('what cannot make sense is refused with the cure, all of it at once', (t) => {
  t.deepEqual(mistakes(compose('refused')), [
    '9:19: services.torrent.network_mode is "service:vpn": a container that borrows the network of another one loses it with every replacement of that; put both on a network, where they know each other by name',
    '10:15: services.torrent.volumes[0] binds "./config", which is not on the host: a file of the repository reaches a container by configs:',
    '13:5: services.web.links is not carried out: a service is known by its name on every network that it shares; write further names as networks: { default: { aliases: […] } }',
    '14:5: services.web.volumes_from is not carried out: it would break with every replacement of the container that it borrows from; name the volume under volumes: and mount it in both services',
    '15:19: services.web.environment[0] "HOST_NAME" has no value, and windlass does not pass on its own environment',
    '16:15: services.web.deploy.endpoint_mode is not carried out: it is for Swarm',
    '18:32: secrets.from-environment.environment is not carried out: windlass does not pass on its own environment; write external: true and put a file into WINDLASS_SECRETS_DIR',
  ]);
});

test('a secret without its file in the repository is one of WINDLASS_SECRETS_DIR; with it, it is that file', (t) => {
  const secretsOf = (others: Readonly<Record<string, string>>) =>
    readShop(compose('nginx-flask-mysql'), others)
      .application?.services.find(({ name }) => name === 'db')
      ?.configs.map(({ target, secret, confidential, bytes }) => [target, secret, confidential, Buffer.from(bytes).toString()]);
  t.deepEqual(secretsOf({}), [['/run/secrets/db-password', 'db-password', undefined, '']]);
  t.deepEqual(secretsOf({ 'apps/shop/db/password.txt': 'hunter2' }), [['/run/secrets/db-password', undefined, true, 'hunter2']]);
});

test('an environment has the services of its profiles', (t) => {
  const names = (others: Readonly<Record<string, string>>) =>
    readShop(compose('prometheus-grafana'), others).application?.services.map(({ name }) => name);
  t.true(names({ 'environments/staging.yaml': 'profiles: [monitoring]' })?.includes('cadvisor'));
  t.true(names({ 'environments/staging.yaml': 'apps: { shop: { profiles: [monitoring] } }' })?.includes('cadvisor'));
  t.deepEqual(mistakes(compose('prometheus-grafana'), { 'environments/staging.yaml': 'apps: { shop: { profiles: [monitorng] } }' }), [
    'environments/staging.yaml:1:28: apps.shop.profiles[0] names monitorng, which is no profile of a service here; did you mean monitoring?',
  ]);
});

test('a service extends one of another file as Compose merges them, with paths relative to that file', (t) => {
  const { application, issues } = readShop(
    'services:\n  web:\n    extends: { file: ../../shared/base.yaml, service: web }\n    image: y\n    ports: ["81:81"]\n    environment: { B: 2 }\n    volumes: ["/b:/data"]\n    command: new\n',
    {
      'shared/base.yaml':
        'services:\n  root: { image: x, labels: [a=b] }\n  web:\n    extends: root\n    ports: ["80:80"]\n    environment: [A=1, B=1]\n    env_file: base.env\n    volumes: ["/a:/data:ro"]\n    command: [old, words]\n',
      'shared/base.env': 'C=3\n',
    },
  );
  t.deepEqual(issues.map(formatIssue), []);
  const { image, spec } = application?.services[0] ?? {};
  t.deepEqual([image, spec?.labels], [{ kind: 'external', reference: 'y' }, { a: 'b' }]);
  t.deepEqual(spec?.environment, { A: '1', B: '2', C: '3' });
  t.deepEqual(
    spec?.ports.map(({ target }) => target),
    [80, 81],
  );
  t.deepEqual(
    spec?.mounts.map(({ source, target }) => [source, target]),
    [['/b', '/data']],
  );
  t.deepEqual(spec?.command, ['new']);
});

test('services that extend each other, and files that include each other, come to an end', (t) => {
  t.deepEqual(mistakes('services: { a: { image: x, extends: b }, b: { image: x, extends: a } }'), [
    '1:37: services.a.extends extends itself: b → a → b',
    '1:66: services.b.extends extends itself: a → b → a',
  ]);
  const loop = { 'apps/shop/more.yaml': 'include: [compose.yaml]\nservices: { b: { image: x } }' };
  t.deepEqual(
    readShop('include: [more.yaml]\nservices: { a: { image: x } }', loop).application?.services.map(({ name }) => name),
    ['a', 'b'],
  );
  t.deepEqual(mistakes('include: [more.yaml]\nservices: { b: { image: x } }', loop), [
    'apps/shop/more.yaml:2:13: services.b stands in apps/shop/compose.yaml too',
  ]);
});
