import test from 'ava';
import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';
import { members } from '../../src/rendering/members.ts';
import { container, host } from './declarations.ts';

const listed = (hosts: readonly HostRecord[], replicas = 3): readonly string[] =>
  members(hosts, 'production', 'shop', 'web', replicas).map(
    (member) => `${member.record.id}@${member.host.name} as ${member.name}${member.healthy ? '' : ' (down)'}`,
  );
const web = (index: number, over: Partial<ContainerRecord> = {}) => container(`production-shop-web-${index}`, over);
const candidate = (index: number, over: Partial<ContainerRecord> = {}) =>
  web(index, { id: `next-${index}`, name: `production-shop-web-${index}.next`, spec: 'b', ...over });

const lists = (title: string, containers: readonly ContainerRecord[], expected: readonly string[]) =>
  test(title, (t) => {
    t.deepEqual(
      listed([host('web-1', containers)]),
      expected.map((line) => line.replace(/^(\S+) as (\S+)/, '$1@web-1 as production-shop-web-$2')),
    );
  });

lists(
  'members come in the order of their index',
  [web(3), web(1), web(2)],
  ['production-shop-web-3 as 3', 'production-shop-web-1 as 1', 'production-shop-web-2 as 2'].sort(),
);
lists('a container that is starting is left out', [web(1, { health: 'starting', ready: false })], []);
lists(
  'one without a healthcheck is listed once it is ready',
  [web(1, { health: 'none', ready: false }), web(2, { health: 'none' })],
  ['production-shop-web-2 as 2'],
);
lists('an unhealthy one stays, marked', [web(1, { health: 'unhealthy', ready: false })], ['production-shop-web-1 as 1 (down)']);
for (const state of ['created', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const) {
  lists(`one that is ${state} is left out`, [web(1, { state })], []);
}
lists(
  'a ready candidate takes the place of the one it replaces, under the final name',
  [web(1), candidate(1), web(2)],
  ['next-1 as 1', 'production-shop-web-2 as 2'],
);
lists(
  'a candidate that is starting changes nothing',
  [web(1), candidate(1, { health: 'starting', ready: false })],
  ['production-shop-web-1 as 1'],
);
lists(
  'a candidate that came up unhealthy does not replace a healthy one',
  [candidate(1, { health: 'unhealthy', ready: false }), web(1)],
  ['production-shop-web-1 as 1'],
);
lists(
  'a candidate that came up unhealthy does not replace an unhealthy one either',
  [candidate(1, { health: 'unhealthy', ready: false }), web(1, { health: 'unhealthy', ready: false })],
  ['production-shop-web-1 as 1 (down)'],
);
lists('an index above the replicas is draining', [web(3), web(4)], ['production-shop-web-3 as 3']);
lists(
  'containers of other services, applications and environments are not members',
  [container('production-shop-db-1'), container('production-blog-web-1'), container('staging-shop-web-1')],
  [],
);

test('strangers are listed after the others, under their own names, whatever their index', (t) => {
  const stranger = (name: string): ContainerRecord => {
    const { spec: _, ...record } = web(9, { id: name, name, health: 'none', ready: false });
    return record;
  };
  const other = host('web-2', [stranger('legacy')]);
  t.deepEqual(listed([host('web-1', [stranger('old'), web(1)]), other]), [
    'production-shop-web-1@web-1 as production-shop-web-1',
    'legacy@web-2 as legacy',
    'old@web-1 as old',
  ]);
});

test('of one index on two hosts, only the one that started last is listed', (t) => {
  const moved = web(1, { id: 'moved', startedAt: '2026-01-02T00:00:00Z', spec: 'b' });
  const hosts = [host('web-1', [web(1)]), host('web-2', [moved])];
  t.deepEqual(listed(hosts), ['moved@web-2 as production-shop-web-1']);
  t.deepEqual(listed([...hosts].reverse()), ['moved@web-2 as production-shop-web-1']);
});

test('containers of a lost host stay in the list', (t) => {
  t.deepEqual(listed([host('web-1', [web(1)], { state: 'lost' })]), ['production-shop-web-1@web-1 as production-shop-web-1']);
});
