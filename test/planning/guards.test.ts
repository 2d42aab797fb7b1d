import test from 'ava';
import fc from 'fast-check';
import type { Guard } from '../../src/model/application.ts';
import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';
import { type Decision, decide } from '../../src/planning/decide.ts';
import { guardVerdict } from '../../src/planning/guards.ts';
import { knownTerms } from '../../src/planning/leaving.ts';
import { createKeptRenderings } from '../../src/rendering/service-files.ts';
import { application, container, environment, host, service } from '../support/builders.ts';
import { applyWave } from '../support/simulate.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const config = (source: string, text: string) => ({
  source,
  target: `/etc/${source}`,
  mode: 0o644,
  uid: 0,
  gid: 0,
  file: `apps/shop/${source}.mustache`,
  template: true,
  bytes: bytes(text),
});
const listing = '{{#services.web.containers}}{{name}}={{ip}} {{/services.web.containers}}';

/** An application whose `lb` lists the containers of `web`, and what a controller knows of it from one decision to the next. */
function world(guard: Guard, { replicas = 4, lbs = 1, text = listing }: { replicas?: number; lbs?: number; text?: string } = {}) {
  let hosts: readonly HostRecord[] = [host()];
  let lists: Decision['lists'] = {};
  let release = 'one';
  let declared = { replicas, lbs };
  const revisions = new Map<string, { loaded: Parameters<typeof decide>[0]['loaded']; kept: ReturnType<typeof createKeptRenderings> }>();
  const revision = () => {
    const key = JSON.stringify([release, declared]);
    const lb = service({ name: 'lb', replicas: declared.lbs, guard, configs: [config('lb.cfg', text), config('other', release)] });
    const app = application([lb, service({ name: 'web', replicas: declared.replicas })]);
    const loaded = {
      environment,
      root: { environments: [environment], hosts: [], sources: [] },
      commit: app.commit,
      applications: [app],
      images: [],
      issues: [],
      applicationIssues: {},
      names: ['shop'],
    };
    const known = revisions.get(key) ?? { loaded, kept: createKeptRenderings() };
    revisions.set(key, known);
    return known;
  };
  const decided = () => decide({ ...revision(), app: 'shop', hosts, ownHost: 'one', secrets: {}, terms: { ...knownTerms, lists } });
  const change = (name: RegExp, act: (record: ContainerRecord) => ContainerRecord | undefined) => {
    hosts = hosts.map((one) => ({
      ...one,
      containers: one.containers.flatMap((record) => (name.test(record.name) ? (act(record) ?? []) : [record])),
    }));
  };
  return {
    decided,
    /** Waves until nothing is left to do; the last decision. */
    settle: () => {
      for (;;) {
        const decision = decided();
        lists = decision.lists;
        if (decision.plan.wave.length === 0) return decision;
        hosts = applyWave(hosts, decision.plan.wave);
      }
    },
    die: (name: RegExp) => change(name, (record) => ({ ...record, state: 'paused', ready: false })),
    live: (name: RegExp) => change(name, (record) => ({ ...record, state: 'running', ready: true })),
    vanish: (name: RegExp) => change(name, () => undefined),
    stop: (name: RegExp) => change(name, (record) => ({ ...record, state: 'exited', exitCode: 1, ready: false })),
    declare: (next: Partial<typeof declared>) => {
      declared = { ...declared, ...next };
    },
    push: (next: string) => {
      release = next;
    },
    join: (record: ContainerRecord) => {
      hosts = hosts.map((one) => ({ ...one, containers: [...one.containers, record] }));
    },
    files: (name = 'staging-shop-lb-1') => hosts[0]?.containers.find((record) => record.name === name)?.configs,
    names: () => hosts.flatMap(({ containers }) => containers.map((record) => record.name)).sort(),
  };
}

test('a list that is too short is not installed: the file stays, the plan says why, and other files go on', (t) => {
  const shop = world({ minimumMembers: 2 });
  t.deepEqual(shop.settle().plan.differences, []);
  const good = shop.files()?.['/etc/lb.cfg'];
  shop.die(/web-[123]/);
  shop.push('two');
  const before = shop.files()?.['/etc/other'];
  const { plan, containers } = shop.settle();
  t.deepEqual(plan.guarded, [
    'lb.cfg of staging-shop-lb-1 stays as it is: guard minimum_members: 2: services.web.containers has 1 container',
  ]);
  t.deepEqual(shop.files()?.['/etc/lb.cfg'], good);
  t.notDeepEqual(shop.files()?.['/etc/other'], before);
  const lb = containers.find(({ name }) => name === 'staging-shop-lb-1');
  t.is(lb?.files.find(({ source }) => source === 'lb.cfg')?.held, 'guard minimum_members: 2: services.web.containers has 1 container');
  t.is(lb?.files.find(({ source }) => source === 'other')?.held, undefined);
  shop.live(/web-[12]/);
  t.deepEqual(shop.settle().plan.guarded, []);
  t.notDeepEqual(shop.files()?.['/etc/lb.cfg'], good);
});

test('a list is compared with the one that is installed, not with the one looked at last', (t) => {
  const shop = world({ maximumShrink: 0.5 }, { replicas: 6 });
  shop.settle();
  shop.die(/web-[12]/);
  t.deepEqual(shop.settle().plan.guarded, [], 'a third fewer is installed');
  const good = shop.files()?.['/etc/lb.cfg'];
  shop.die(/web-[345]/);
  for (const _ of [1, 2, 3])
    t.deepEqual(shop.settle().plan.guarded, [
      'lb.cfg of staging-shop-lb-1 stays as it is: guard maximum_shrink: 50%: services.web.containers would go from 4 to 1 container',
    ]);
  t.deepEqual(shop.files()?.['/etc/lb.cfg'], good);
  shop.live(/web-3/);
  t.deepEqual(shop.settle().plan.guarded, [], 'half of what is installed may go');
});

test('fewer replicas in Git are no loss', (t) => {
  const shop = world({ maximumShrink: 0.1 }, { replicas: 6 });
  shop.settle();
  shop.declare({ replicas: 3 });
  t.deepEqual(shop.settle().plan.guarded, []);
  t.deepEqual(shop.names(), ['staging-shop-lb-1', 'staging-shop-web-1', 'staging-shop-web-2', 'staging-shop-web-3']);
});

test('a container is not made without its file, and is as soon as the guard lets go', (t) => {
  const shop = world({ minimumMembers: 2 }, { replicas: 1 });
  const { plan } = shop.settle();
  t.deepEqual(shop.names(), ['staging-shop-web-1']);
  t.deepEqual(plan.guarded, [
    'staging-shop-lb-1 is not made without lb.cfg: guard minimum_members: 2: services.web.containers has 1 container',
  ]);
  shop.declare({ replicas: 2 });
  t.deepEqual(shop.settle().plan.guarded, []);
  t.true(shop.names().includes('staging-shop-lb-1'));
});

test('a further container of the service is not made from a list that the others are kept from', (t) => {
  const shop = world({ maximumShrink: 0.5 });
  shop.settle();
  shop.die(/web-[123]/);
  shop.declare({ lbs: 2 });
  const { plan } = shop.settle();
  t.false(shop.names().includes('staging-shop-lb-2'));
  t.is(plan.guarded.length, 2);
});

test('a container that has stopped starts again with the files that it has', (t) => {
  const shop = world({ minimumMembers: 1 });
  shop.settle();
  const files = shop.files();
  shop.die(/web/);
  shop.stop(/lb/);
  const { plan } = shop.settle();
  t.deepEqual(shop.files(), files);
  t.is(plan.guarded.length, 1);
  t.deepEqual(plan.differences, []);
});

test('no container goes while a guarded file may still list it', (t) => {
  const shop = world({ minimumMembers: 3 });
  shop.settle();
  shop.declare({ replicas: 2 });
  const { plan } = shop.settle();
  t.is(plan.guarded.length, 1);
  t.true(shop.names().includes('staging-shop-web-4'));
  shop.declare({ replicas: 3 });
  shop.settle();
  t.false(shop.names().includes('staging-shop-web-4'));
});

test('a stranger counts as a member', (t) => {
  const shop = world({ minimumMembers: 2 }, { replicas: 1 });
  shop.join(container({ id: 'theirs', name: 'theirs', index: 0, spec: undefined as never }));
  t.deepEqual(shop.settle().plan.guarded, []);
});

test('the same reason for many containers is said once', (t) => {
  const shop = world({ minimumMembers: 1 }, { lbs: 3 });
  shop.settle();
  shop.die(/web/);
  t.deepEqual(shop.settle().plan.guarded, [
    'lb.cfg of staging-shop-lb-1 and 2 more stays as it is: guard minimum_members: 1: services.web.containers has no container',
  ]);
});

test('whatever comes and goes, no list beyond the guard is ever installed', (t) => {
  const step = fc.record({ dies: fc.boolean(), which: fc.integer({ min: 1, max: 6 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.constantFrom(0, 1, 3), fc.constantFrom(0.2, 0.5, 1), (steps, least, shrink) => {
      const shop = world({ minimumMembers: least, maximumShrink: shrink }, { replicas: 6 });
      shop.settle();
      let installed = 6;
      const alive = new Set([1, 2, 3, 4, 5, 6]);
      for (const { dies, which } of steps) {
        const name = new RegExp(`web-${which}$`);
        if (dies) shop.die(name);
        else shop.live(name);
        if (dies) alive.delete(which);
        else alive.add(which);
        const { plan } = shop.settle();
        const allowed = alive.size >= least && installed - alive.size <= installed * shrink;
        t.is(plan.guarded.length === 0, allowed || alive.size === installed, JSON.stringify({ installed, alive: [...alive] }));
        if (allowed) installed = alive.size;
      }
    }),
    { numRuns: 60 },
  );
});

test('a guard judges every list that a file has read', (t) => {
  const list = (name: string, length: number, most = 10) => ({ name, length, most });
  t.is(guardVerdict({ minimumMembers: 1 }, [list('a', 1), list('b', 0)], {}), 'guard minimum_members: 1: b has no container');
  t.is(
    guardVerdict({ maximumShrink: 0 }, [list('a', 9), list('b', 9)], { a: 9, b: 10 }),
    'guard maximum_shrink: 0%: b would go from 10 to 9 containers',
  );
  t.is(guardVerdict({ maximumShrink: 0 }, [list('a', 9)], {}), undefined, 'nothing is known of what is installed');
  t.is(guardVerdict({}, [list('a', 0)], { a: 5 }), undefined);
});
