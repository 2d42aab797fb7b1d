import test from 'ava';
import fc from 'fast-check';
import type { Service } from '../../src/model/application.ts';
import type { HostRecord } from '../../src/model/host.ts';
import { knownTerms, leavingOf } from '../../src/planning/leaving.ts';
import { leastPatienceMs, patienceOf } from '../../src/planning/patience.ts';
import { type Plan, plan } from '../../src/planning/plan.ts';
import { application, environment, host, service, spec } from '../support/builders.ts';
import { desiredOf } from '../support/desired-replicas.ts';
import { applyWave } from '../support/simulate.ts';

function planOf(services: readonly Service[], hosts: readonly HostRecord[]): Plan {
  const app = application(services);
  const desired = desiredOf(app, hosts);
  const loaded = { environment: { ...environment, name: app.environment }, names: [app.name], applications: [app] };
  return plan({ application: app, hosts, desired, builds: [], leaving: leavingOf({ loaded, app: app.name, hosts, terms: knownTerms }) });
}

/** Services by name, each with the port of the host that it publishes, if any. */
const publishing = (ports: Readonly<Record<string, number | undefined>>): readonly Service[] =>
  Object.entries(ports).map(([name, published]) =>
    service({
      name,
      spec: spec({ ports: published === undefined ? [] : [{ target: 80, protocol: 'tcp', published, hostIp: undefined }] }),
    }),
  );

/** What each wave did, and the first port of a host that two containers were to have at once. */
function carryOut(services: readonly Service[], from: readonly HostRecord[]) {
  let hosts = from;
  const waves: string[][] = [];
  let clash: number | undefined;
  for (let next = planOf(services, hosts); next.wave.length > 0 && waves.length < 20; next = planOf(services, hosts)) {
    waves.push(next.wave.map(({ kind, name }) => `${kind} ${name.replace('staging-shop-', '')}`));
    for (const step of next.wave) {
      // Side by side, in whatever order: each has to find its port free at the beginning of the wave.
      const held = hosts.flatMap(({ containers }) => containers).filter((record) => !freed(step, record.id));
      if (step.kind === 'recreate-container') {
        const wanted = step.container.spec.ports.map(({ published }) => published);
        clash ??= held
          .flatMap(({ ports }) => ports)
          .find(({ published }) => published !== undefined && wanted.includes(published))?.published;
      }
    }
    hosts = applyWave(hosts, next.wave);
  }
  return { hosts, waves, clash, left: planOf(services, hosts).differences };
}

const freed = (step: Plan['wave'][number], id: string): boolean =>
  step.kind === 'recreate-container' && step.order !== 'start-first' && step.current === id;

test('a port moves from one service to another in two waves: the one that gives it up comes first', (t) => {
  const { hosts } = carryOut(publishing({ a: undefined, b: 8000 }), [host()]);
  const { waves, clash, left } = carryOut(publishing({ a: 8000, b: 8001 }), hosts);
  t.deepEqual(waves, [['recreate-container b-1'], ['recreate-container a-1']]);
  t.is(clash, undefined);
  t.deepEqual(left, []);
});

test('a port that is given up beside the old container moves once that one is gone', (t) => {
  const { hosts } = carryOut(publishing({ a: undefined, b: 8000 }), [host()]);
  const { waves, clash } = carryOut(publishing({ a: 8000, b: undefined }), hosts);
  t.deepEqual(
    waves,
    [['recreate-container b-1'], ['remove-container b-1'], ['recreate-container a-1'], ['remove-container a-1']].slice(0, waves.length),
  );
  t.is(
    waves.findIndex((wave) => wave.includes('recreate-container a-1')),
    2,
  );
  t.is(clash, undefined);
});

test('two services that swap their ports get them: one goes first, and the plan says why', (t) => {
  const { hosts } = carryOut(publishing({ a: 8000, b: 8001 }), [host()]);
  const swapped = publishing({ a: 8001, b: 8000 });
  const first = planOf(swapped, hosts).wave[0];
  t.like(first, { kind: 'remove-container', name: 'staging-shop-a-1' });
  t.regex(first?.reason ?? '', /goes first: staging-shop-b-1 needs a port of the host that it has/);
  const { waves, clash, left } = carryOut(swapped, hosts);
  t.deepEqual(waves, [['remove-container a-1'], ['recreate-container b-1'], ['recreate-container a-1']]);
  t.is(clash, undefined);
  t.deepEqual(left, []);
});

test('however ports move among services, no two want one at the same time, and the plan comes to its end', (t) => {
  const assignment = fc
    .uniqueArray(fc.constantFrom(8000, 8001, 8002, 8003), { minLength: 4, maxLength: 4 })
    .chain((ports) => fc.tuple(...ports.map((port) => fc.option(fc.constant(port), { nil: undefined }))));
  const named = ([a, b, c, d]: readonly (number | undefined)[]) => publishing({ a, b, c, d });
  fc.assert(
    fc.property(assignment, assignment, (before, after) => {
      const { hosts } = carryOut(named(before), [host()]);
      const { clash, left } = carryOut(named(after), hosts);
      t.is(clash, undefined);
      t.deepEqual(left, []);
    }),
    { numRuns: 200 },
  );
});

test('a container with a long start period is awaited for as long as its healthcheck may take', (t) => {
  const check = { test: ['CMD', 'true'], intervalMs: 10_000, timeoutMs: 5_000, startPeriodMs: 600_000, retries: 2 };
  t.is(patienceOf(check), 600_000 + 3 * 15_000 + 30_000);
  t.is(patienceOf(undefined), leastPatienceMs);
  t.true(patienceOf({ ...check, startPeriodMs: undefined }) >= leastPatienceMs);
  const slow = service({ spec: spec({ healthcheck: check }) });
  const { hosts } = carryOut([slow], [host()]);
  const starting = hosts.map((one) => ({
    ...one,
    containers: one.containers.map((record) => ({ ...record, health: 'starting' as const })),
  }));
  t.like(planOf([slow], starting), { waiting: ['staging-shop-web-1 is starting'], patienceMs: patienceOf(check) });
  t.is(planOf([slow], hosts).patienceMs, leastPatienceMs);
});
