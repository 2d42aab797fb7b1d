import test from 'ava';
import type { HostRecord } from '../../src/model/host.ts';
import { containersOf } from '../../src/planning/containers-of.ts';
import { desiredContainer } from '../../src/planning/desired.ts';
import { knownTerms, leavingOf } from '../../src/planning/leaving.ts';
import { seats } from '../../src/planning/place.ts';
import { plan } from '../../src/planning/plan.ts';
import { application, environment, host, service } from '../support/builders.ts';
import { applyWave } from '../support/simulate.ts';

const everywhere = service({ name: 'exporter', replicas: 1, global: true });
const app = application([everywhere]);

function planOf(hosts: readonly HostRecord[]) {
  const desired = seats(everywhere, hosts, containersOf(app, everywhere.name, hosts)).map(({ host: name, index }) =>
    desiredContainer({
      application: app,
      service: everywhere,
      index,
      host: name,
      files: [],
      configuration: undefined,
      image: undefined,
      built: undefined,
    }),
  );
  const loaded = { environment: { ...environment, name: app.environment }, names: [app.name], applications: [app] };
  const leaving = leavingOf({ loaded, app: app.name, hosts, terms: { ...knownTerms, released: true } });
  return plan({ application: app, hosts, desired: new Map([[everywhere.name, desired]]), builds: [], leaving });
}

/** Waves until nothing is due; what was done, and where the containers are then. */
function converge(hosts: readonly HostRecord[]) {
  const done: string[] = [];
  let now = hosts;
  for (let next = planOf(now); next.wave.length > 0; next = planOf(now)) {
    if (done.length > 20) throw new Error(`the plan never empties: ${done.slice(-3).join(' | ')}`);
    done.push(...next.wave.map((step) => `${step.kind} ${step.name} on ${step.host}`));
    now = applyWave(now, next.wave);
  }
  return { hosts: now, done, differences: planOf(now).differences };
}

const [one, two, three] = ['web-1', 'web-2', 'web-3'].map((name) => host({ name })) as [HostRecord, HostRecord, HostRecord];
const running = (hosts: readonly HostRecord[]) =>
  hosts.flatMap(({ name, containers }) => containers.map((found) => `${found.name} on ${name}`));

test('a global service has one container on each host, whatever replicas say, and is settled then', (t) => {
  const { hosts, differences } = converge([one, two]);
  t.deepEqual(running(hosts), ['staging-shop-exporter-1 on web-1', 'staging-shop-exporter-2 on web-2']);
  t.deepEqual(differences, []);
});

test('a host that comes gets one, and the others keep theirs', (t) => {
  const before = converge([one, two]).hosts;
  const { done } = converge([...before, three]);
  t.deepEqual(done, ['recreate-container staging-shop-exporter-3 on web-3']);
});

test('a host that goes takes its own along: nothing is made for it elsewhere, and whoever comes next takes its place', (t) => {
  const [, second] = converge([one, two]).hosts;
  const left = second ? [second] : [];
  t.deepEqual(converge(left).done, []);
  t.deepEqual(converge([...left, three]).done, ['recreate-container staging-shop-exporter-1 on web-3']);
});

test('a second container on one host is a surplus', (t) => {
  const [first, second] = converge([one, two]).hosts as [HostRecord, HostRecord];
  const moved = { ...first, containers: [...first.containers, ...second.containers] };
  const { done, hosts } = converge([moved, { ...second, containers: [] }]);
  t.deepEqual(
    hosts.map(({ containers }) => containers.length),
    [1, 1],
    done.join('; '),
  );
});
