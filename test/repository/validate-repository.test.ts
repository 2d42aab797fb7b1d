import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { formatIssue } from '../../src/repository/issues.ts';
import { readApplication } from '../../src/repository/read-application.ts';
import { readImages } from '../../src/repository/read-images.ts';
import { readRoot } from '../../src/repository/read-root.ts';
import { resolveImages } from '../../src/repository/resolve-images.ts';
import { validateRepository } from '../../src/repository/validate-repository.ts';
import { treeOf, treeOfFolder } from './trees.ts';

/** The example is beside package.json, the compiled tests two or three folders below that. */
const example = ['../../', '../../../']
  .map((up) => fileURLToPath(new URL(`${up}config-repo-example`, import.meta.url)))
  .find((folder) => existsSync(folder));

const exampleTree = () => treeOfFolder(example ?? '');

test('the example repository is without mistakes', (t) => {
  t.deepEqual(validateRepository({ tree: exampleTree() }).map(formatIssue), []);
});

test('the example repository says what its documents say of it', (t) => {
  const tree = exampleTree();
  const { root } = readRoot(tree);
  const { images } = readImages(tree);
  t.deepEqual(
    root?.environments.map(({ name, branch, apps }) => [name, branch, apps]),
    [
      ['production', 'release', ['shop']],
      ['staging', 'main', undefined],
    ],
  );
  t.deepEqual(
    resolveImages({ declarations: images, trees: { config: tree } }).images.map(({ name, parents }) => [name, parents]),
    [
      ['acme/base', []],
      ['acme/nginx', ['acme/base:latest']],
      ['acme/haproxy', ['acme/base:latest']],
      ['catalog', ['acme/nginx:latest']],
    ],
  );
  const services = (app: string, environment: string) => {
    const found = root?.environments.find(({ name }) => name === environment);
    if (root === undefined || found === undefined) throw new Error('no environments');
    return readApplication({ tree, root, environment: found, app, images }).application?.services.map(
      ({ name, policy, replicas, spec, reactions }) => [name, policy, replicas, spec.ports[0]?.published, reactions[0]?.action.kind],
    );
  };
  t.deepEqual(services('shop', 'staging'), [
    ['lb', 'mutable', 1, 8000, 'signal'],
    ['web', 'mutable', 3, undefined, 'signal'],
  ]);
  t.deepEqual(services('shop', 'production'), [
    ['lb', 'mutable', 1, 8001, 'signal'],
    ['web', 'mutable', 6, undefined, 'signal'],
  ]);
  t.deepEqual(services('catalog', 'staging'), [['web', 'immutable', 2, undefined, undefined]]);
});

test('all mistakes of all environments, sorted, each once', (t) => {
  const tree = treeOf({
    'windlass.yaml': `environments:
  staging: { branch: main }
  production: { branch: release, apps: [shpo] }
images:
  - { name: a, context: a }
  - { name: b, context: b, source: elsewhere }
`,
    'apps/shop/compose.yaml': 'services: { web: { image: x, external_links: [], build: ./x } }',
    'apps/api/compose.yaml': 'services: { web: { image: "${X}" } }',
    'apps/Big/compose.yaml': 'services: { web: { image: x } }',
    'environments/stagign.yaml': '',
    'environments/staging.yaml': 'apps: { api: { replicas: 2 } }',
  });
  t.deepEqual(validateRepository({ tree }).map(formatIssue), [
    'apps/Big/compose.yaml:1:1: is not read: an application\'s name has lower-case letters, digits, "-" and "_", starts with a letter or digit and has at most 40 characters',
    'apps/api/compose.yaml:1:27: ${X} is not set: neither a variable of the service nor in .env',
    'apps/shop/compose.yaml:1:30: services.web.external_links is not carried out: write the external network under networks:, on which the other container is known by its name',
    'apps/shop/compose.yaml:1:57: image x:latest needs apps/shop/x/Dockerfile, which is not in the repository',
    'environments/stagign.yaml:1:1: belongs to no environment of windlass.yaml; did you mean staging?',
    'environments/staging.yaml:1:16: apps.api.replicas is unknown',
    'windlass.yaml:3:41: environments.production.apps[0] names shpo, but there is no apps/shpo/compose.yaml; did you mean shop?',
    'windlass.yaml:5:5: image a:latest needs a/Dockerfile, which is not in the repository',
    'windlass.yaml:6:5: image b is built from elsewhere, which is not under sources:',
  ]);
});

test('a profile that no service has is a mistake, whether it is for all applications or for one', (t) => {
  const files = {
    'windlass.yaml': 'environments: { staging: { branch: main }, production: { branch: main, apps: [shop] } }',
    'apps/shop/compose.yaml': 'services: { web: { image: x }, debug: { image: x, profiles: [debug] } }',
    'apps/api/compose.yaml': 'services: { web: { image: x }, top: { image: x, profiles: [monitoring] } }',
    'environments/staging.yaml': 'profiles: [monitorng, debug, monitoring]\napps: { shop: { profiles: [monitoring] } }',
    'environments/production.yaml': 'profiles: [debug, monitoring]',
  };
  t.deepEqual(validateRepository({ tree: treeOf(files) }).map(formatIssue), [
    'environments/production.yaml:1:19: profiles[1] names monitoring, which is no profile of a service in any application',
    'environments/staging.yaml:1:12: profiles[0] names monitorng, which is no profile of a service in any application; did you mean monitoring?',
    'environments/staging.yaml:2:28: apps.shop.profiles[0] names monitoring, which is no profile of a service here',
  ]);
  const unread = { ...files, 'apps/shop/compose.yaml': 'services: {' };
  t.false(validateRepository({ tree: treeOf(unread) }).some(({ message }) => message.includes('in any application')));
});

test('without windlass.yaml that is all there is to say', (t) => {
  const tree = treeOf({ 'apps/shop/compose.yaml': '- x' });
  t.deepEqual(validateRepository({ tree }).map(formatIssue), [
    'windlass.yaml:1:1: this file is missing; write it with at least: environments: { staging: { branch: main } }',
  ]);
});

test('a file that the caller has not read is said to be missing, not passed over', (t) => {
  const files = {
    'windlass.yaml': 'environments: { staging: { branch: main } }',
    'apps/shop/compose.yaml': 'services: { web: { image: x } }',
  };
  const tree = treeOf(files);
  const unread = { ...tree, files: new Map([...tree.files].filter(([path]) => path === 'windlass.yaml')) };
  t.deepEqual(validateRepository({ tree: unread }).map(formatIssue), ['apps/shop/compose.yaml:1:1: this file could not be read']);
});

test('a mistake in windlass.yaml hides none in the applications', (t) => {
  const tree = treeOf({
    'windlass.yaml': 'version: 1\nfrob: 1\nenvironments: { staging: { branch: main } }\n',
    'apps/shop/compose.yaml': 'services: { web: { image: busybox, links: [db] } }\n',
  });
  t.deepEqual(
    validateRepository({ tree }).map(({ file }) => file),
    ['apps/shop/compose.yaml', 'windlass.yaml'],
  );
});
