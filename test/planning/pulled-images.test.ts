import test from 'ava';
import type { PulledImages } from '../../src/model/deployment.ts';
import type { HostRecord } from '../../src/model/host.ts';
import { containersOf } from '../../src/planning/containers-of.ts';
import { desiredContainer } from '../../src/planning/desired.ts';
import { knownTerms, leavingOf } from '../../src/planning/leaving.ts';
import { plan } from '../../src/planning/plan.ts';
import { pulledBy, withPulled } from '../../src/planning/pulled-images.ts';
import { application, container, environment, host, service } from '../support/builders.ts';

const declared = application([service({ name: 'db', image: { kind: 'external', reference: 'redis:7' } })]);
const [old, moved] = ['sha256:old', 'sha256:moved'];

/** A host with these images, whose container is made from one of them. */
function hostWith(images: HostRecord['images'], imageId: string): HostRecord {
  const [desired] = desiredOf(undefined);
  const spec = desired?.create?.labels['windlass.spec'] ?? '';
  return host({
    images: [...images],
    containers: [container({ name: 'staging-shop-db-1', service: 'db', image: 'redis:7', imageId, spec, configs: {} })],
  });
}

function desiredOf(pulled: PulledImages | undefined) {
  const app = withPulled(declared, pulled);
  return app.services.map((one) =>
    desiredContainer({
      application: app,
      service: one,
      index: 1,
      host: host().name,
      files: [],
      configuration: undefined,
      image: undefined,
      built: undefined,
    }),
  );
}

function planOf(one: HostRecord, pulled: PulledImages | undefined) {
  const loaded = { environment: { ...environment, name: declared.environment }, names: [declared.name], applications: [declared] };
  const leaving = leavingOf({ loaded, app: declared.name, hosts: [one], terms: { ...knownTerms, released: true } });
  return plan({ application: declared, hosts: [one], desired: new Map([['db', desiredOf(pulled)]]), builds: [], leaving });
}

const images = (tagged: string, left: string): HostRecord['images'] => [
  { id: tagged, tags: ['redis:7'] },
  { id: left, tags: [`redis:former-${left.slice(7)}`] },
];
const back: PulledImages = { 'redis:7': [old] };

test('going back brings the image that was there, though its tag names another one by now', (t) => {
  const { differences, wave } = planOf(hostWith(images(moved, old), moved), back);
  t.deepEqual(
    differences.map(({ reason }) => reason),
    ['image redis:7 is to be what it was'],
  );
  const [step] = wave;
  t.deepEqual(step?.kind === 'recreate-container' ? step.container.image : undefined, {
    kind: 'external',
    reference: 'redis:7',
    pull: 'missing',
    ids: [old],
  });
});

test('what is made from it already is left alone', (t) => {
  t.deepEqual(planOf(hostWith(images(moved, old), old), back).differences, []);
});

test('forward again it is what the tag names', (t) => {
  t.deepEqual(
    planOf(hostWith(images(moved, old), old), undefined).differences.map(({ reason }) => reason),
    ['image redis:7 has moved'],
  );
});

test('an image that is on the host no more cannot be brought back: what the tag names stays', (t) => {
  t.deepEqual(planOf(hostWith([{ id: moved, tags: ['redis:7'] }], moved), back).differences, []);
});

test('noted is what containers are made from, each host its own', (t) => {
  const hosts = [hostWith(images(moved, old), old), { ...hostWith(images(moved, old), moved), name: 'two' }];
  t.is(containersOf(declared, 'db', hosts).length, 2);
  t.deepEqual(pulledBy(declared, hosts), { 'redis:7': [moved, old] });
  t.deepEqual(pulledBy(declared, [host()]), {});
});
