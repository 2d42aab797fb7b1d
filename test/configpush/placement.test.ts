import test from 'ava';
import { classify, requireOwnership } from '../../src/configpush/placement.ts';
import type { ContainerInspect } from '../../src/docker/engine.ts';

interface Facts {
  readonly readOnly?: boolean;
  readonly tmpfs?: Readonly<Record<string, string>>;
  readonly mounts?: readonly { readonly at: string; readonly type?: string; readonly writable?: boolean }[];
}

const inspect = ({ readOnly = false, tmpfs, mounts = [] }: Facts): ContainerInspect =>
  ({
    HostConfig: { ReadonlyRootfs: readOnly, ...(tmpfs && { Tmpfs: tmpfs }) },
    Mounts: mounts.map(({ at, type = 'volume', writable = true }) => ({ Type: type, Destination: at, RW: writable })),
  }) as unknown as ContainerInspect;

function possible(title: string, facts: Facts, target: string, medium: string): void {
  test(`${title}: possible`, (t) => {
    t.deepEqual(classify(inspect(facts), target), { kind: 'possible', medium } as never);
  });
}

function refused(title: string, facts: Facts, target: string, reason: RegExp): void {
  test(`${title}: refused, with a cure`, (t) => {
    const placement = classify(inspect(facts), target);
    t.is(placement.kind, 'refused');
    if (placement.kind !== 'refused') return;
    t.regex(placement.reason, reason);
    t.not(placement.cure, '');
  });
}

possible("the container's own layer", {}, '/etc/a.conf', 'layer');
possible('a volume', { mounts: [{ at: '/etc/conf.d' }] }, '/etc/conf.d/a/b.conf', 'mount');
possible('a bind-mounted folder written with a slash', { mounts: [{ at: '/etc/conf.d/', type: 'bind' }] }, '/etc/conf.d/a', 'mount');
possible('beside a volume whose name begins alike', { mounts: [{ at: '/etc/conf', writable: false }] }, '/etc/conf.d/a', 'layer');
possible('a volume under a read-only root', { readOnly: true, mounts: [{ at: '/data' }] }, '/data/a', 'mount');
possible('a tmpfs under a read-only root', { readOnly: true, tmpfs: { '/run': 'size=1m' } }, '/run/a', 'tmpfs');
possible('a tmpfs mount', { mounts: [{ at: '/run', type: 'tmpfs' }] }, '/run/a', 'tmpfs');
possible('/dev/shm', {}, '/dev/shm/a', 'tmpfs');
possible('a writable volume in a read-only one', { mounts: [{ at: '/a', writable: false }, { at: '/a/b' }] }, '/a/b/c', 'mount');

refused('a read-only root', { readOnly: true }, '/etc/a.conf', /read-only root/);
refused('a read-only volume', { mounts: [{ at: '/data', writable: false }] }, '/data/a', /\/data, which is mounted read-only/);
refused('a read-only volume in a writable one', { mounts: [{ at: '/a' }, { at: '/a/b', writable: false }] }, '/a/b/c', /\/a\/b/);
refused('a read-only tmpfs', { tmpfs: { '/run': 'ro,size=1m' } }, '/run/a', /read-only/);
refused('a bind-mounted file', { mounts: [{ at: '/etc/a.conf', type: 'bind' }] }, '/etc/a.conf', /mount of its own/);
refused("the engine's hosts file", {}, '/etc/hosts', /engine/);
refused('the kernel', {}, '/proc/sys/net/core/somaxconn', /kernel/);
for (const target of ['etc/a.conf', '/etc/', '/', '/etc/../a', '/etc//a', '/etc/a\nb', '/etc/./a']) {
  refused(`the path ${JSON.stringify(target)}`, {}, target, /plain absolute path/);
}

test('a file of root needs no capability, any other owner needs CHOWN', (t) => {
  const file = (uid: number, gid: number) => ({ ...{ source: 'a', target: '/a', hash: '', size: 0, mode: 0o644 }, uid, gid });
  const may = (HostConfig: object, uid = 33, gid = 0) => {
    try {
      requireOwnership({ HostConfig } as ContainerInspect, file(uid, gid), 'lb-1');
      return true;
    } catch (error) {
      t.regex(
        String(error),
        /cannot install \/a in lb-1: it is to belong to .*, and the container has no CHOWN capability; add cap_add: \[CHOWN, FOWNER\]/,
      );
      return false;
    }
  };
  t.true(may({}));
  t.true(may({ CapDrop: ['ALL'] }, 0, 0));
  t.false(may({ CapDrop: ['ALL'] }));
  t.false(may({ CapDrop: ['ALL'] }, 0, 33));
  t.true(may({ CapDrop: ['ALL'], CapAdd: ['CAP_CHOWN'] }));
  t.false(may({ CapDrop: ['CAP_CHOWN'], CapAdd: null }));
  t.true(may({ CapDrop: ['NET_RAW'] }));
  t.true(may({ CapDrop: ['ALL'], Privileged: true }));
});
