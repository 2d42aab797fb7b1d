import test from 'ava';
import fc from 'fast-check';
import type { Service } from '../../src/model/application.ts';
import type { HostRecord } from '../../src/model/host.ts';
import { host, service, spec } from '../support/builders.ts';
import { applyWave } from '../support/simulate.ts';
import { converge, file, planOf } from './plan-of.ts';

const change = fc.record({
  replicas: fc.integer({ min: 0, max: 4 }),
  env: fc.constantFrom('1', '2'),
  content: fc.constantFrom('a', 'b', 'c'),
  configuration: fc.constantFrom(undefined, 'x', 'y'),
  port: fc.boolean(),
  order: fc.constantFrom('start-first' as const, 'stop-first' as const),
  label: fc.constantFrom('web', 'db'),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const declared = ({ replicas, env, port, order, label }: Change): Service =>
  service({
    replicas,
    constraints: [{ attribute: 'label', key: 'role', operator: '==', value: label }],
    update: { order, parallelism: 1, delayMs: 0, monitorMs: 0, maxFailureRatio: 0, failureAction: 'rollback' },
    spec: spec({ environment: { V: env }, ports: port ? [{ target: 80, protocol: 'tcp', published: 80, hostIp: undefined }] : [] }),
  });

const labelled = [
  host({ name: 'one', labels: { role: 'web' } }),
  host({ name: 'three', labels: { role: 'web' } }),
  host({ name: 'two', labels: { role: 'db' } }),
];

test('carrying out a plan empties it, from whatever the changes before left behind, even when waves were cut short', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.nat(3)), { minLength: 1, maxLength: 5 }), (changes) => {
      let hosts: readonly HostRecord[] = labelled;
      for (const [one, wavesDone] of changes) {
        for (let wave = 0; wave < wavesDone; wave++)
          hosts = applyWave(hosts, planOf([declared(one)], hosts, [file(one.content)], one.configuration).wave.slice(0, 1));
      }
      const last = changes.at(-1)?.[0];
      if (!last) return;
      const { hosts: end, left } = converge([declared(last)], hosts, [file(last.content)], last.configuration);
      t.deepEqual(left.differences, []);
      t.is(end.flatMap(({ containers }) => containers).length, last.replicas);
    }),
    { numRuns: 300 },
  );
});

test('at every wave of a replacement beside the old one as many containers are ready as before', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), (replicas, parallelism) => {
      const of = (env: string) =>
        service({
          replicas,
          update: { order: 'start-first', parallelism, delayMs: 0, monitorMs: 0, maxFailureRatio: 0, failureAction: 'rollback' },
          spec: spec({ environment: { V: env } }),
        });
      let { hosts } = converge([of('1')], [host()]);
      for (let next = planOf([of('2')], hosts); next.wave.length > 0; next = planOf([of('2')], hosts)) {
        t.true(next.wave.filter(({ kind }) => kind === 'recreate-container').length <= parallelism);
        hosts = applyWave(hosts, next.wave);
        t.true((hosts[0]?.containers.filter(({ ready }) => ready).length ?? 0) >= replicas);
      }
    }),
  );
});
