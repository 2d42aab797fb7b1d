import test from 'ava';
import fc from 'fast-check';
import type { Application } from '../../src/model/application.ts';
import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';
import { knownTerms, type LeavingTerms, leavingOf } from '../../src/planning/leaving.ts';
import { removalsOf } from '../../src/planning/removals.ts';
import { application, container, environment, host, service, spec } from '../support/builders.ts';

const of = (app: string, name: string, index = 1, over: Partial<ContainerRecord> = {}): ContainerRecord =>
  container({ id: `${app}-${name}-${index}`, name: `staging-${app}-${name}-${index}`, app, service: name, index, ...over });
const many = (app: string, name: string, count: number) => Array.from({ length: count }, (_, i) => of(app, name, i + 1));
const app = (name: string, services: Readonly<Record<string, number>>): Application =>
  application(
    Object.entries(services).map(([one, replicas]) => service({ name: one, replicas })),
    { name },
  );

interface Situation {
  readonly declared: readonly Application[];
  readonly there: readonly ContainerRecord[];
  readonly names?: readonly string[];
  readonly of?: string;
  readonly terms?: Partial<LeavingTerms>;
}

function leaving({ declared, there, names = declared.map(({ name }) => name), of: asked = 'shop', terms }: Situation) {
  const loaded = { environment, names, applications: declared };
  return leavingOf({ loaded, app: asked, hosts: [host({ containers: there })], terms: { ...knownTerms, ...terms } });
}

/** What the run of one application would remove now. */
function removed(situation: Situation): readonly string[] {
  const { declared, there, of: asked = 'shop' } = situation;
  const application = declared.find(({ name }) => name === asked) ?? app(asked, {});
  const { own } = removalsOf({ application, hosts: [host({ containers: there })], leaving: leaving(situation), due: [] });
  return own.flatMap(({ step }) => (step?.kind === 'remove-container' ? step.remove : []));
}

test('an application that has left the repository is removed, with the drain that it had last', (t) => {
  const there = [...many('shop', 'web', 2), ...many('blog', 'web', 2)];
  const situation = { declared: [app('blog', { web: 2 })], there, terms: { drains: { web: 5000 } } };
  const { own, held } = removalsOf({
    application: app('shop', {}),
    hosts: [host({ containers: there })],
    leaving: leaving(situation),
    due: [],
  });
  t.is(held, undefined);
  t.like(own[0], { name: 'staging-shop-web-1', reason: 'shop is no longer in the repository', retires: true, step: { drainMs: 5000 } });
  t.is(own.length, 2);
});

test('half of an environment goes, one more than half is held, and a person can let it go', (t) => {
  const there = [...many('shop', 'web', 3), ...many('blog', 'web', 2)];
  const situation = { declared: [app('blog', { web: 2 })], there };
  t.is(
    leaving(situation).held,
    '3 of 5 containers of staging would be removed, more than half: the repository no longer has shop/web; if that is meant: windlass deploy staging --yes',
  );
  t.deepEqual(removed(situation), []);
  t.is(leaving({ ...situation, terms: { released: true } }).held, undefined);
  t.is(leaving({ declared: [app('blog', { web: 3 })], there: [...there, of('blog', 'web', 3)] }).held, undefined);
});

test('an environment that is suddenly empty keeps everything', (t) => {
  t.deepEqual(removed({ declared: [], there: many('shop', 'web', 1) }), []);
});

test('replicas that are lowered count too', (t) => {
  const situation = { declared: [app('shop', { web: 1 })], there: many('shop', 'web', 4) };
  t.regex(leaving(situation).held ?? '', /^3 of 4 containers/);
  t.deepEqual(removed({ declared: [app('shop', { web: 2 })], there: many('shop', 'web', 4) }), ['shop-web-3', 'shop-web-4']);
});

test('a rename is not held: what is to come counts', (t) => {
  const situation = { declared: [app('shop', { front: 2 })], there: many('shop', 'web', 2) };
  t.is(leaving(situation).held, undefined);
});

test('a renamed application stays until the one that may replace it is there, unless it holds a port of it', (t) => {
  const store = app('store', { web: 1 });
  const there = many('shop', 'web', 1);
  t.is(leaving({ declared: [store], there }).heldUnlessInTheWay, 'shop stays until store has a container, which may be what replaces it');
  t.deepEqual(removed({ declared: [store], there }), []);
  t.deepEqual(removed({ declared: [store], there: [...there, of('store', 'web')] }), ['shop-web-1']);
  const published = { target: 80, protocol: 'tcp', published: 8000 } as const;
  const inTheWay = application([service({ spec: spec({ ports: [{ ...published, hostIp: undefined }] }) })], { name: 'store' });
  t.deepEqual(removed({ declared: [inTheWay], there: [of('shop', 'web', 1, { ports: [published] })] }), ['shop-web-1']);
});

test('what starts waits for a port that another application still holds', (t) => {
  const published = { target: 80, protocol: 'tcp', published: 8000 } as const;
  const there = [of('shop', 'web', 1, { ports: [published] })];
  const store = application([service()], { name: 'store' });
  const hosts = [host({ containers: there })];
  const create = {
    image: { kind: 'external', reference: 'x', pull: 'missing' },
    spec: spec({ ports: [{ ...published, hostIp: undefined }] }),
  };
  const step = { kind: 'recreate-container', name: 'staging-store-web-1', host: 'one', reason: '', order: 'create', container: create };
  const difference = { kind: 'recreate-container', name: 'staging-store-web-1', host: 'one', reason: '', step } as never;
  const { inTheWay, own } = removalsOf({
    application: store,
    hosts,
    leaving: leaving({ declared: [store], there, of: 'store' }),
    due: [difference],
  });
  t.deepEqual(own, []);
  t.deepEqual(inTheWay, [
    { neededBy: difference, waitsFor: 'staging-store-web-1 needs port 8000 of one, which staging-shop-web-1 has until it is removed' },
  ]);
});

test('an application with mistakes, strangers and other environments stay', (t) => {
  const there = [...many('shop', 'web', 1), of('old', 'web', 1, { spec: undefined }), of('old', 'web', 2, { environment: 'production' })];
  const { isLeaving } = leaving({ declared: [], names: ['shop'], there });
  t.deepEqual(there.filter(isLeaving), []);
});

test('what nobody here has ever deployed is not removed without a person', (t) => {
  const situation = {
    declared: [app('blog', { web: 3 })],
    there: [...many('shop', 'web', 1), ...many('blog', 'web', 3)],
    terms: { known: false },
  };
  t.regex(
    leaving(situation).held ?? '',
    /^shop is not in the repository, and this controller does not know that it ever was; if that is meant/,
  );
  t.is(leaving({ ...situation, terms: { known: false, released: true } }).held, undefined);
});

test('jobs count on neither side, and one that runs is left to end', (t) => {
  const job = (over: Partial<ContainerRecord>) => of('shop', 'migrate', 1, { labels: { 'com.docker.compose.oneoff': 'True' }, ...over });
  const there = [...many('shop', 'web', 1), ...many('blog', 'web', 1)];
  t.is(leaving({ declared: [app('blog', { web: 1 })], there: [...there, job({ state: 'exited' })] }).held, undefined);
  const declared = [app('shop', { web: 1 }), app('blog', { web: 1 })];
  t.deepEqual(removed({ declared, there: [...there, job({ state: 'exited' })] }), ['shop-migrate-1']);
  t.deepEqual(removed({ declared, there: [...there, job({ state: 'running' })] }), []);
});

const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 4 }), { maxKeys: 3 });
const repository = fc.dictionary(fc.constantFrom('shop', 'blog', 'mail'), counts, { maxKeys: 3 });
const situation = fc.record({ before: repository, after: repository }).map(({ before, after }): Situation => {
  const declared = Object.entries(after).map(([name, services]) => app(name, services));
  const there = Object.entries(before).flatMap(([name, services]) => Object.entries(services).flatMap(([one, n]) => many(name, one, n)));
  return { declared, there };
});

test('whatever the repository says, no wave of removals takes more than half of what is there or comes', (t) => {
  fc.assert(
    fc.property(situation, ({ declared, there }) => {
      const gone = ['shop', 'blog', 'mail'].flatMap((one) => removed({ declared, there, of: one }));
      const places = new Set([
        ...there.map(({ id }) => id),
        ...declared.flatMap(({ name, services }) =>
          services.flatMap((one) => Array.from({ length: one.replicas }, (_, i) => `${name}-${one.name}-${i + 1}`)),
        ),
      ]);
      t.true(gone.length * 2 <= places.size);
    }),
  );
});

test('what may leave may go on leaving, one container after another, until nothing undeclared is left', (t) => {
  fc.assert(
    fc.property(situation, ({ declared, there }) => {
      if (leaving({ declared, there }).held !== undefined) return;
      let left: HostRecord['containers'] = there;
      for (;;) {
        const now = leaving({ declared, there: left });
        t.is(now.held, undefined);
        const next = left.find(now.isLeaving);
        if (!next) break;
        left = left.filter(({ id }) => id !== next.id);
      }
    }),
  );
});
