import test from 'ava';
import type { Service } from '../../src/model/application.ts';
import type { HostRecord } from '../../src/model/host.ts';
import { container, host, service, spec } from '../support/builders.ts';
import { applyWave } from '../support/simulate.ts';
import { converge, file, planOf, printed, waveOf } from './plan-of.ts';

const web = (over: Partial<Service> = {}) => service({ replicas: 2, ...over });

test('a first deployment creates every replica at once', (t) => {
  const first = planOf([web()], [host()]);
  t.deepEqual(printed(first), [
    'recreate-container staging-shop-web-1 on one create (replica 1 of 2 is missing)',
    'recreate-container staging-shop-web-2 on one create (replica 2 of 2 is missing)',
  ]);
  t.is(first.wave.length, 2);
});

test('what is right is left alone', (t) => {
  const { hosts, left } = converge([web()], [host()], [file('a')]);
  t.deepEqual(left.differences, []);
  t.deepEqual(planOf([web()], hosts, [file('a')]).differences, []);
});

test('a changed file is pushed into every running container of a mutable service', (t) => {
  const { hosts } = converge([web()], [host()], [file('a')]);
  const next = planOf([web()], hosts, [file('b')]);
  t.deepEqual(printed(next), [
    'push-config staging-shop-web-1 on one (nginx.conf changed)',
    'push-config staging-shop-web-2 on one (nginx.conf changed)',
  ]);
  t.is(next.wave.length, 2);
});

test('a changed configuration of an immutable service recreates its containers, one beside the old one at a time', (t) => {
  const { hosts } = converge([web()], [host()], [file('a')], 'identity a');
  const { waves, left } = converge([web()], hosts, [file('b')], 'identity b');
  t.deepEqual(waves, [
    ['recreate-container staging-shop-web-1'],
    ['remove-container staging-shop-web-1'],
    ['recreate-container staging-shop-web-2'],
    ['remove-container staging-shop-web-2'],
  ]);
  t.deepEqual(left.differences, []);
});

test('the reason names what of the declaration changed', (t) => {
  const { hosts } = converge([web()], [host()]);
  const changed = web({ spec: spec({ environment: { A: '1' }, user: '5' }) });
  t.deepEqual(printed(planOf([changed], hosts))[0], 'recreate-container staging-shop-web-1 on one start-first (environment, user changed)');
});

test('a container that holds a port of the host stops before its replacement starts, and the plan says so', (t) => {
  const ported = (env: string) =>
    service({ spec: spec({ environment: { V: env }, ports: [{ target: 80, protocol: 'tcp', published: 8000, hostIp: undefined }] }) });
  const { hosts } = converge([ported('1')], [host()]);
  t.deepEqual(printed(planOf([ported('2')], hosts)), [
    'recreate-container staging-shop-web-1 on one stop-first (environment changed; stops first: it holds port 8000 of the host)',
  ]);
});

test('a written volume is a reason to stop first, a read-only one is not', (t) => {
  const mounted = (env: string, readOnly: boolean) =>
    service({
      spec: spec({
        environment: { V: env },
        mounts: [
          { type: 'volume', source: 'staging-shop_data', target: '/data', readOnly, tmpfsSizeBytes: undefined, tmpfsMode: undefined },
        ],
      }),
    });
  const order = (readOnly: boolean) =>
    planOf([mounted('2', readOnly)], converge([mounted('1', readOnly)], [host()]).hosts).differences[0]?.order;
  t.is(order(false), 'stop-first');
  t.is(order(true), 'start-first');
});

test('a service starts after those it depends on', (t) => {
  const lb = service({ name: 'lb', dependsOn: [{ service: 'web', condition: 'service_started' }] });
  const { waves } = converge([lb, web()], [host()]);
  t.deepEqual(waves, [
    ['recreate-container staging-shop-web-1', 'recreate-container staging-shop-web-2'],
    ['recreate-container staging-shop-lb-1'],
  ]);
});

test('a push does not wait for a dependency', (t) => {
  const lb = service({ name: 'lb', dependsOn: [{ service: 'web', condition: 'service_started' }] });
  const { hosts } = converge([lb, web()], [host()], [file('a')]);
  const changed = web({ spec: spec({ user: '5' }) });
  t.deepEqual(waveOf(planOf([lb, changed], hosts, [file('b')])).sort(), [
    'push-config staging-shop-lb-1',
    'recreate-container staging-shop-web-1',
  ]);
});

test('an old container goes only when nothing else is due any more', (t) => {
  const { hosts } = converge([web({ replicas: 1 })], [host()], [file('a')], 'a');
  const [replaced] = planOf([web({ replicas: 1 })], hosts, [file('a')], 'b').wave;
  const beside = applyWave(hosts, replaced ? [replaced] : []);
  const lb = service({ name: 'lb' });
  const withReader = [
    { ...host(), containers: [...(beside[0]?.containers ?? []), ...(converge([lb], [host()], [file('old')]).hosts[0]?.containers ?? [])] },
  ];
  const next = planOf([web({ replicas: 1 }), lb], withReader, [file('a')], 'b');
  t.true(next.differences.some(({ kind }) => kind === 'remove-container'));
  t.false(next.wave.some(({ kind }) => kind === 'remove-container'));
});

test('surplus replicas and services that are no longer declared are removed, strangers are not', (t) => {
  const { hosts } = converge([web({ replicas: 3 }), service({ name: 'old' })], [host()]);
  const stranger = container({ id: 'stranger', name: 'by-hand', spec: undefined });
  const withStranger = hosts.map((one) => ({ ...one, containers: [...one.containers, stranger] }));
  t.deepEqual(printed(planOf([web({ replicas: 2 })], withStranger)), [
    'remove-container staging-shop-web-3 on one (service web has 2 replicas)',
    'remove-container staging-shop-old-1 on one (service old is no longer declared)',
  ]);
});

test('an exited container runs again, unless it ended well under a policy that lets it end', (t) => {
  const exited = (exitCode: number, restart: string, more: { wentDown?: true } = {}) => {
    const one = service({ spec: spec({ restart }) });
    const { hosts } = converge([one], [host()]);
    const stopped = hosts.map((each) => ({
      ...each,
      containers: each.containers.map((record) => ({ ...record, state: 'exited' as const, exitCode, ready: false, ...more })),
    }));
    return planOf([one], stopped).differences.map(({ order }) => order);
  };
  t.deepEqual(exited(1, 'no'), ['start']);
  t.deepEqual(exited(0, 'always'), ['start']);
  t.deepEqual(exited(0, 'no'), []);
  t.deepEqual(exited(0, 'on-failure:3'), []);
  t.deepEqual(exited(0, 'no', { wentDown: true }), ['start']);
});

test('a job runs once, and again when its declaration changes', (t) => {
  const job = (env: string) => service({ name: 'migrate', job: true, spec: spec({ environment: { V: env } }) });
  const { hosts, waves, left } = converge([job('1')], [host()]);
  t.deepEqual(waves, [['run-job staging-shop-migrate-1']]);
  t.deepEqual(left.differences, []);
  t.deepEqual(printed(planOf([job('2')], hosts)), ['run-job staging-shop-migrate-1 on one (its declaration or image changed)']);
});

test('a job that runs already is awaited by its step, and not started a second time', (t) => {
  const job = service({ name: 'migrate', job: true });
  const { hosts } = converge([job], [host()]);
  const running = hosts.map((one) => ({ ...one, containers: one.containers.map((record) => ({ ...record, state: 'running' as const })) }));
  const next = planOf([job], running);
  t.deepEqual(printed(next), ['run-job staging-shop-migrate-1 on one (it is running)']);
  t.like(next.wave[0], { kind: 'run-job', previous: [] });
  t.deepEqual(next.waiting, []);
});

test('a container that nobody has seen stay up is watched until somebody has', (t) => {
  const { hosts } = converge([service()], [host()]);
  const unseen = hosts.map((one) => ({ ...one, containers: one.containers.map((record) => ({ ...record, ready: false })) }));
  const next = planOf([service()], unseen);
  t.deepEqual(
    next.wave.map(({ kind, reason }) => [kind, reason]),
    [['recreate-container', 'it has not been seen to stay up']],
  );
  t.deepEqual(
    next.differences.map(({ order }) => order),
    ['start'],
  );
});

test('a service that got another name takes the port of its old self, which goes first, and the plan says so', (t) => {
  const named = (name: string) =>
    service({ name, spec: spec({ ports: [{ target: 80, protocol: 'tcp', published: 8000, hostIp: undefined }] }) });
  const { hosts: holding } = converge([named('web')], [host()]);
  const idle = holding.map((one) => ({ ...one, containers: one.containers.map((record) => ({ ...record, ports: [] })) }));
  const { waves, left } = converge([named('front')], holding);
  t.deepEqual(waves, [['remove-container staging-shop-web-1'], ['recreate-container staging-shop-front-1']]);
  t.deepEqual(left.differences, []);
  t.is(
    planOf([named('front')], holding).differences.find(({ kind }) => kind === 'remove-container')?.reason,
    'service web is no longer declared; goes first: staging-shop-front-1 needs port 8000 of the host',
  );
  t.deepEqual(converge([named('front')], idle).waves, [
    ['recreate-container staging-shop-front-1'],
    ['remove-container staging-shop-web-1'],
  ]);
});

/** What an agent of an earlier version reports: with which owner and mode it put files there, it did not note. */
const unnoted = (hosts: readonly HostRecord[]) =>
  hosts.map((one) => ({
    ...one,
    containers: one.containers.map((record) => ({
      ...record,
      configs: Object.fromEntries(Object.entries(record.configs).map(([target, { installed, loaded }]) => [target, { installed, loaded }])),
    })),
  }));

test('a file of which mode or owner alone changes is pushed with its action, once, and the plan says which of them', (t) => {
  const reaction = { configs: undefined, check: undefined, verify: undefined, settle: { minMs: 0, maxMs: 0 } };
  const web = service({ reactions: [{ ...reaction, action: { kind: 'signal', signal: 'HUP' } }] });
  const { hosts } = converge([web], [host()], [file('a')]);
  for (const [over, what] of [
    [{ mode: 0o600 }, 'mode'],
    [{ uid: 101 }, 'owner'],
    [{ gid: 101 }, 'owner'],
    [{ mode: 0o600, uid: 101 }, 'owner and mode'],
  ] as const) {
    const declared = [file('a', over)];
    const next = planOf([web], hosts, declared);
    t.deepEqual(printed(next), [`push-config staging-shop-web-1 on one (${what} of nginx.conf changed)`]);
    t.falsy(next.differences[0]?.drift);
    t.like(next.wave[0], { action: { kind: 'signal' }, files: declared });
    t.deepEqual(converge([web], hosts, declared).left.differences, []);
    t.deepEqual(printed(planOf([web], unnoted(hosts), declared)), [], 'nothing is pushed because of an upgrade');
  }
});

test('a file whose action is recreate gets another owner or mode in a new container, and none for an upgrade', (t) => {
  const recreating = {
    configs: undefined,
    check: undefined,
    verify: undefined,
    settle: { minMs: 0, maxMs: 0 },
    action: { kind: 'recreate' },
  };
  const web = service({ reactions: [recreating as Service['reactions'][number]] });
  const { hosts } = converge([web], [host()], [file('a')]);
  const declared = [file('a', { mode: 0o600 })];
  t.deepEqual(printed(planOf([web], hosts, declared)), [
    'recreate-container staging-shop-web-1 on one start-first (mode of nginx.conf changed)',
  ]);
  t.deepEqual(converge([web], hosts, declared).left.differences, []);
  t.deepEqual(printed(planOf([web], unnoted(hosts), declared)), []);
});

test('a host that was forgotten and is back gives way to what has been placed elsewhere meanwhile', (t) => {
  const elsewhere = converge([web({ replicas: 1 })], [host({ name: 'two', joined: 1 })]).hosts;
  const back = converge([web({ replicas: 1 })], [host({ name: 'one', joined: 2 })]).hosts;
  t.deepEqual(printed(planOf([web({ replicas: 1 })], [...back, ...elsewhere])), [
    'remove-container staging-shop-web-1 on one (it has moved to two)',
  ]);
});

test('nothing is asked of a lost host, and the plan names it', (t) => {
  const { hosts } = converge([web()], [host({ name: 'one' }), host({ name: 'two' })], [file('a')]);
  const lost = hosts.map((one) => (one.name === 'two' ? { ...one, state: 'lost' as const } : one));
  const next = planOf([web()], lost, [file('b')]);
  t.deepEqual(next.lost, ['two']);
  t.deepEqual(waveOf(next), ['push-config staging-shop-web-1']);
});

test('a starting container is waited for', (t) => {
  const { hosts } = converge([service()], [host()]);
  const starting = hosts.map((one) => ({
    ...one,
    containers: one.containers.map((record) => ({ ...record, health: 'starting' as const, ready: false })),
  }));
  t.deepEqual(planOf([service()], starting).waiting, ['staging-shop-web-1 is starting']);
});

const paused = (hosts: readonly HostRecord[]) =>
  hosts.map((one) => ({
    ...one,
    containers: one.containers.map((record) => ({ ...record, state: 'paused' as const, ready: false })),
  }));

test('a paused container waits for a person, who is told what to do', (t) => {
  const { hosts } = converge([service()], [host()], [file('a')]);
  const next = planOf([service()], paused(hosts), [file('b')]);
  t.deepEqual(waveOf(next), []);
  t.deepEqual(next.waiting, []);
  t.deepEqual(next.paused, ['staging-shop-web-1 is paused; on one: docker unpause staging-shop-web-1']);
});

test('a paused job is not run a second time, and what awaits it waits', (t) => {
  const job = service({ name: 'migrate', job: true });
  const web = service({ dependsOn: [{ service: 'migrate', condition: 'service_completed_successfully' }] });
  const { hosts } = converge([job], [host()]);
  const next = planOf([job, web], paused(hosts));
  t.deepEqual(waveOf(next), []);
  t.deepEqual(next.paused, ['staging-shop-migrate-1 is paused; on one: docker unpause staging-shop-migrate-1']);
});
