import test from 'ava';
import type { Reaction, Service } from '../../src/model/application.ts';
import type { HostRecord, InstalledFile } from '../../src/model/host.ts';
import { standingCanary } from '../../src/planning/canary.ts';
import { host, service } from '../support/builders.ts';
import { converge, file, planOf, printed } from './plan-of.ts';

/** A host with one container whose file is known like this. */
function hostWith(known: InstalledFile, of: Service = service()): readonly HostRecord[] {
  const { hosts } = converge([of], [host()], [file('a')]);
  return hosts.map((one) => ({
    ...one,
    containers: one.containers.map((record) => ({ ...record, configs: { '/etc/nginx/nginx.conf': known } })),
  }));
}

const reaction: Reaction = {
  configs: undefined,
  check: ['nginx', '-t'],
  action: { kind: 'restart' },
  verify: { kind: 'tcp', port: 80, withinMs: 1000 },
  settle: undefined,
};

test('a loaded hash that lags behind makes the action due again', (t) => {
  const lagging = hostWith({ installed: file('a').hash, loaded: 'sha256:older' });
  t.deepEqual(printed(planOf([service()], lagging, [file('a')])), ['push-config staging-shop-web-1 on one (nginx.conf not loaded yet)']);
});

test('what a start has loaded is verified where its reaction says how, and nothing else is done', (t) => {
  const started: InstalledFile = { installed: file('a').hash, loaded: file('a').hash, unverified: true };
  const web = service({ reactions: [reaction] });
  const next = planOf([web], hostWith(started, web), [file('a')]);
  t.deepEqual(printed(next), ['push-config staging-shop-web-1 on one (nginx.conf not verified yet)']);
  t.like(next.wave[0], { action: { kind: 'none' }, verify: [reaction.verify], checks: [] });

  const starting = hostWith(started, web).map((one) => ({
    ...one,
    containers: one.containers.map((record) => ({ ...record, health: 'starting' as const, ready: false })),
  }));
  const waits = planOf([web], starting, [file('a')]);
  t.deepEqual([printed(waits), waits.waiting], [[], ['staging-shop-web-1 is starting']]);

  const silent = service({ reactions: [{ ...reaction, verify: undefined }] });
  t.deepEqual(printed(planOf([silent], hostWith(started, silent), [file('a')])), []);
  const newer = planOf([web], hostWith(started, web), [file('b')]);
  t.like(newer.wave[0], { action: { kind: 'restart' } });
  t.deepEqual(printed(newer), ['push-config staging-shop-web-1 on one (nginx.conf changed)']);
});

test('no canary stands before what is only to be verified, and one that stands keeps it waiting with the rest', (t) => {
  const web = service({ replicas: 3, canary: { containers: { count: 1 }, pauseMs: 'manual' }, reactions: [reaction] });
  const hosts = converge([web], [host()], [file('a')]).hosts.map((one) => ({
    ...one,
    containers: one.containers.map((record) => ({
      ...record,
      configs: {
        '/etc/nginx/nginx.conf': {
          installed: file('a').hash,
          loaded: file('a').hash,
          ...(record.index > 1 && { unverified: true as const }),
        },
      },
    })),
  }));
  const standing = (content: string) => {
    const { differences } = planOf([web], hosts, [file(content)]);
    const desired = [1, 2, 3].map((index) => ({ name: `staging-shop-web-${index}`, host: 'one' }));
    return standingCanary({ service: web, desired: desired as never, differences }, () => false)?.containers;
  };
  t.is(standing('a'), undefined);
  t.deepEqual(standing('b'), ['staging-shop-web-1']);
});

test('what somebody else has changed is put right as the service declares, and newer bytes are installed in any case', (t) => {
  const drift = { from: file('a').hash, times: 1, due: true };
  const changed = hostWith({ installed: 'sha256:theirs', loaded: file('a').hash, drift });
  const repair = planOf([service()], changed, [file('a')]);
  t.deepEqual(printed(repair), ['push-config staging-shop-web-1 on one (nginx.conf was changed in the container)']);
  t.true(repair.differences[0]?.drift);
  for (const policy of ['report', 'ignore'] as const) {
    t.deepEqual(printed(planOf([service({ drift: policy })], changed, [file('a')])), [], policy);
    const newer = planOf([service({ drift: policy })], changed, [file('b')]);
    t.deepEqual(printed(newer), ['push-config staging-shop-web-1 on one (nginx.conf changed)'], policy);
    t.falsy(newer.differences[0]?.drift);
  }
});
