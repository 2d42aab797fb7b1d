import test from 'ava';
import { composeReferences } from '../../src/repository/compose-references.ts';

const read = (text: string) => composeReferences(Buffer.from(text));

test('what a Compose file takes from beside itself is found wherever it may be named', (t) => {
  const found = read(`
name: blog
include: [./more.yaml, { path: [extra/one.yaml] }]
services:
  a: { build: ., env_file: a.env, extends: { file: base.yaml, service: x } }
  b: { build: { context: ./b/, dockerfile: b.Dockerfile }, env_file: [b.env, { path: c.env, required: false }], volumes: [./data:/data] }
  c: { build: "https://example.com/x.git", env_file: "\${ENV}" }
  d: { build: { dockerfile: d.Dockerfile } }
  e: { build: ../e, env_file: ../e.env }
configs: { k: { file: ./k.conf }, l: { content: x } }
secrets: { s: { file: ../s.txt }, t: { external: true } }
`);
  t.is(found.project, 'blog');
  t.deepEqual(found.paths, ['a.env', 'b.env', 'base.yaml', 'c.env', 'extra/one.yaml', 'k.conf', 'more.yaml']);
  t.deepEqual(found.envFiles, ['a.env', 'b.env', 'c.env']);
  t.deepEqual(found.contexts, [
    { path: '.', dockerfile: 'Dockerfile' },
    { path: 'b', dockerfile: 'b.Dockerfile' },
    { path: '.', dockerfile: 'd.Dockerfile' },
  ]);
  t.deepEqual(found.secrets, [{ name: 's', file: '../s.txt' }]);
  t.deepEqual(found.outside, ['../e', '../e.env']);
});

test('both forms of environment are read', (t) => {
  const { environment } = read('services: { a: { environment: { A: 1 } }, b: { environment: [B=x=y, PASSED] } }');
  t.deepEqual(environment, [
    { service: 'a', name: 'A', value: '1' },
    { service: 'b', name: 'B', value: 'x=y' },
  ]);
});

test('the first config file is that of a service that does not say yet what takes a new one', (t) => {
  const said = 'a: { configs: [x], x-windlass: { on_config_change: { action: restart } } }';
  t.deepEqual(read(`services: { ${said}, b: { configs: [{ source: y, target: /y }] } }`).configured, { service: 'b', config: 'y' });
  t.is(read(`services: { ${said}, c: { image: nginx } }`).configured, undefined);
});

test('of what is no Compose file nothing is read', (t) => {
  const { paths, contexts, secrets, outside, configured } = read('services: [');
  t.deepEqual(
    { paths, contexts, secrets, outside, configured },
    { paths: [], contexts: [], secrets: [], outside: [], configured: undefined },
  );
});
