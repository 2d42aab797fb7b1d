import test from 'ava';
import type { Action, Service } from '../../src/model/application.ts';
import type { ContainerRecord, HostRecord } from '../../src/model/host.ts';
import type { FileToInstall } from '../../src/model/step.ts';
import { knownTerms, leavingOf } from '../../src/planning/leaving.ts';
import { plan } from '../../src/planning/plan.ts';
import { pushKey, strangerDifference } from '../../src/planning/strangers.ts';
import { application, container, environment, host, service } from '../support/builders.ts';
import { desiredOf } from '../support/desired-replicas.ts';
import { applyWave } from '../support/simulate.ts';
import { converge, file, printed, waveOf } from './plan-of.ts';

const byHand = (over: Partial<ContainerRecord> = {}) => container({ id: 'by-hand', name: 'by-hand', index: 0, spec: undefined, ...over });
const reacting = (action: Action, over: Partial<Service> = {}) =>
  service({ reactions: [{ configs: undefined, check: undefined, action, verify: undefined, settle: undefined }], ...over });
const lacking = (record: ContainerRecord, declared: Service, files: readonly FileToInstall[]) => {
  const difference = strangerDifference({ service: declared, record, name: record.name, host: 'one', files });
  return difference?.step?.kind === 'push-config' ? difference.step : undefined;
};
const installed = ({ target, hash, mode, uid, gid }: FileToInstall, loaded = hash): ContainerRecord['configs'] => ({
  [target]: { installed: hash, loaded, declared: { mode, uid, gid } },
});

/** The plan where every container, made by windlass or not, is to have `files`. */
function planWith(services: readonly Service[], hosts: readonly HostRecord[], files: readonly FileToInstall[], over: object = {}) {
  const app = application(services);
  const loaded = { environment: { ...environment, name: app.environment }, names: [app.name], applications: [app] };
  const leaving = leavingOf({ loaded, app: app.name, hosts, terms: { ...knownTerms, released: true } });
  const strangers = new Map(
    services.map((one) => [
      one.name,
      hosts.flatMap(({ name, containers }) =>
        containers
          .filter((record) => record.spec === undefined && record.service === one.name)
          .map((record) => ({ service: one, record, name: record.name, host: name, files })),
      ),
    ]),
  );
  return plan({ application: app, hosts, desired: desiredOf(app, hosts, { files }), strangers, builds: [], leaving, ...over });
}

const withStranger = (hosts: readonly HostRecord[], over: Partial<ContainerRecord> = {}): readonly HostRecord[] =>
  hosts.map((one) => ({ ...one, containers: [...one.containers, byHand(over)] }));

test('a stranger that runs gets the files of its service with their reaction', (t) => {
  t.like(lacking(byHand(), reacting({ kind: 'signal', signal: 'HUP' }), [file('a')]), {
    container: 'by-hand',
    reason: 'nginx.conf changed (in a container that windlass did not make)',
    action: { kind: 'signal', signal: 'HUP' },
    stranger: 'running',
  });
  t.is(lacking(byHand({ configs: installed(file('a')) }), service(), [file('a')]), undefined);
  t.like(lacking(byHand({ configs: installed(file('a')) }), service(), []), { files: [], remove: ['/etc/nginx/nginx.conf'] });
});

test('one that does not run is given its files before it starts; nothing is removed from it, and nothing done', (t) => {
  const before = { ...installed(file('a')), '/old': { installed: 'x', loaded: 'x' } };
  for (const state of ['created', 'exited', 'restarting'] as const) {
    t.like(lacking(byHand({ state, configs: before }), reacting({ kind: 'signal', signal: 'HUP' }), [file('b')]), {
      stranger: 'stopped',
      remove: [],
      action: { kind: 'none' },
      verify: [],
    });
  }
  for (const state of ['paused', 'dead', 'removing'] as const) t.is(lacking(byHand({ state }), service(), [file('a')]), undefined);
});

test('what would be a new container is installed, and loaded when somebody starts it anew', (t) => {
  const recreating = reacting({ kind: 'recreate' });
  t.like(lacking(byHand(), recreating, [file('a')]), { action: { kind: 'none' }, atStart: ['/etc/nginx/nginx.conf'] });
  t.like(lacking(byHand(), service({ policy: 'immutable' }), [file('a')]), { atStart: ['/etc/nginx/nginx.conf'] });
  t.is(lacking(byHand(), service(), [file('a')])?.atStart, undefined, 'a mutable service without an action has none');
  t.is(lacking(byHand({ configs: installed(file('a'), 'none') }), recreating, [file('a')]), undefined, 'it is not pushed again');
  const both = service({
    reactions: (['recreate', 'restart'] as const).map((kind) => ({
      configs: [kind],
      check: undefined,
      action: { kind },
      verify: undefined,
      settle: undefined,
    })),
  });
  const files = (['recreate', 'restart'] as const).map((source) => file('a', { source, target: `/${source}` }));
  const restarted = lacking(byHand(), both, files);
  t.deepEqual([restarted?.action, restarted?.atStart], [{ kind: 'restart' }, undefined], 'a restart is a start');
});

test('strangers come after the replicas of their service, and before anything is taken away', (t) => {
  const lb = service({ name: 'lb' });
  const web = service({ replicas: 2 });
  const { hosts } = converge([lb, web], [host()], [file('a')]);
  const known = withStranger(hosts, { service: 'lb', configs: installed(file('a')) });
  const first = planWith([lb, web], known, [file('b')]);
  t.deepEqual(waveOf(first), ['push-config staging-shop-lb-1', 'push-config staging-shop-web-1', 'push-config staging-shop-web-2']);
  t.deepEqual(
    first.strangers.map(({ name }) => name),
    ['by-hand'],
  );
  const then = applyWave(known, first.wave);
  const next = planWith([lb, { ...web, replicas: 1 }], then, [file('b')]);
  t.deepEqual(waveOf(next), ['push-config by-hand']);
  const [push] = next.wave;
  const failed = push?.kind === 'push-config' ? [pushKey(push)] : [];
  const passedOver = planWith([lb, { ...web, replicas: 1 }], then, [file('b')], { passOver: failed });
  t.deepEqual(waveOf(passedOver), ['remove-container staging-shop-web-2'], 'one that has failed holds nothing up');
  t.deepEqual(waveOf(planWith([lb, { ...web, replicas: 1 }], applyWave(then, next.wave), [file('b')])), [
    'remove-container staging-shop-web-2',
  ]);
});

test('what a stranger lacks is no difference of the application, nor is a lost host that has it', (t) => {
  const { hosts } = converge([service()], [host()], [file('a')]);
  const lacks = planWith([service()], withStranger(hosts), [file('a')]);
  t.deepEqual([printed(lacks), lacks.waiting, lacks.withheld], [[], [], []]);
  const away = [...hosts, host({ name: 'two', state: 'lost', containers: [byHand()] })];
  const lost = planWith([service()], away, [file('a')]);
  t.deepEqual([lost.wave, lost.lost], [[], []]);
});

test('behind a canary, and outside a limit, a stranger keeps what it has', (t) => {
  const web = service({ replicas: 2, canary: { containers: { count: 1 }, pauseMs: 'manual' } });
  const { hosts } = converge([web], [host()], [file('a')]);
  const known = withStranger(hosts, { configs: installed(file('a')) });
  const behind = planWith([web], known, [file('b')], { scope: { canary: true } });
  t.deepEqual(waveOf(behind), ['push-config staging-shop-web-1']);
  t.deepEqual(
    behind.strangers.map(({ name, withheld }) => [name, withheld]),
    [['by-hand', true]],
  );
  const { reach } = behind;
  const rest = planWith([web], applyWave(known, behind.wave), [file('a')], { scope: reach ? { except: reach } : {} });
  t.deepEqual([waveOf(rest), rest.strangers], [[], []], 'and what is deployed is what it has');
  const limited = planWith([web], known, [file('b')], { scope: { limit: { services: [], containers: ['staging-shop-web-2'] } } });
  t.deepEqual(waveOf(limited), ['push-config staging-shop-web-2']);
});

test('a stranger alone behind a canary does not make one', (t) => {
  const web = service({ canary: { containers: { count: 1 }, pauseMs: 'manual' } });
  const { hosts } = converge([web], [host()], [file('a')]);
  t.deepEqual(waveOf(planWith([web], withStranger(hosts), [file('a')], { scope: { canary: true } })), ['push-config by-hand']);
});

test("nothing of a stranger is verified behind a start, which is nobody's of windlass", (t) => {
  const tcp = { kind: 'tcp', port: 80, withinMs: 1000 } as const;
  const web = service({
    reactions: [{ configs: undefined, check: undefined, action: { kind: 'restart' }, verify: tcp, settle: undefined }],
  });
  const configs = { '/etc/nginx/nginx.conf': { installed: file('a').hash, loaded: file('a').hash, unverified: true as const } };
  t.is(lacking(byHand({ configs }), web, [file('a')]), undefined);
});
