import test from 'ava';
import type { Service } from '../../src/model/application.ts';
import { imageRefreshes } from '../../src/planning/image-refreshes.ts';
import { application, container, host, service } from '../support/builders.ts';

const declared = (how: Partial<Service>) =>
  application([service({ image: { kind: 'external', reference: 'acme/web:1' }, pullPolicy: 'always', ...how })]);
const web = (index: number) => container({ name: `staging-shop-web-${index}`, index });
const hosts = [
  host({ name: 'one', containers: [web(1), web(2)] }),
  host({ name: 'two', containers: [] }),
  host({ name: 'three', state: 'lost', containers: [web(3)] }),
];

test('what is always pulled is pulled once on each host that has a container of it and answers', (t) => {
  t.deepEqual(imageRefreshes(declared({}), hosts), [{ host: 'one', reference: 'acme/web:1' }]);
});

test('other policies, images that windlass builds and those of an earlier deployment pull nothing beforehand', (t) => {
  t.deepEqual(imageRefreshes(declared({ pullPolicy: 'missing' }), hosts), []);
  t.deepEqual(imageRefreshes(declared({ pullPolicy: 'never' }), hosts), []);
  t.deepEqual(imageRefreshes(declared({ image: { kind: 'external', reference: 'acme/web:1', ids: ['sha256:old'] } }), hosts), []);
  t.deepEqual(imageRefreshes(declared({ image: { kind: 'built', name: 'web', tag: 'latest' } as Service['image'] }), hosts), []);
});
