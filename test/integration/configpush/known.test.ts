import test from 'ava';
import { tarOf } from '../../../src/configpush/archive.ts';
import type { PushConfigStep } from '../../../src/model/step.ts';
import { hashesIn, hashOf, startBench, succeeded } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());
const { agent, container, engine, file, installer, leftovers, ledger, push, shell } = bench;

const noteStart = async (id: string) => {
  const found = await engine.inspectContainer(id);
  return found !== undefined && installer.noteStart(found);
};

test('a full disk changes nothing', async (t) => {
  const id = await container({ HostConfig: { Tmpfs: { '/run': 'size=64k' } } });
  succeeded(t, await push(id, { files: [file('/run/a.conf', 'a1\n')] }));
  const result = await push(id, { files: [file('/run/a.conf', Buffer.alloc(200_000, 'x'))] });
  t.is(result.error?.code, 'install');
  t.regex(result.error?.output ?? '', /No space left on device/);
  t.is(await shell(id, 'cat /run/a.conf'), 'a1\n');
  t.is(await leftovers(id), '');
});

test('a file is read back from a container, running or stopped, through a link', async (t) => {
  const id = await container();
  await shell(
    id,
    'printf "\\0\\1" >/etc/a.bin; chmod 640 /etc/a.bin; chown 3:4 /etc/a.bin; ln -s a.bin /etc/l; head -c 1048577 /dev/zero >/etc/big',
  );
  const expected = { bytes: Buffer.from([0, 1]), mode: 0o640, uid: 3, gid: 4 };
  t.deepEqual(await installer.read(id, '/etc/l'), expected);
  t.is(await installer.read(id, '/etc/none'), undefined);
  t.is(await installer.read(id, '/none/none'), undefined);
  await t.throwsAsync(installer.read(id, '/etc/big'), { code: 'install' });
  await engine.stopContainer(id, 0);
  t.deepEqual(await installer.read(id, '/etc/a.bin'), expected);
});

test('a start loads what is in place, and empties a tmpfs', async (t) => {
  const id = await container({ HostConfig: { Tmpfs: { '/run': '' } }, StopTimeout: 0 } as never);
  const files = [file('/etc/a.conf', 'a1\n'), file('/run/b.conf', 'b1\n')];
  succeeded(t, await push(id, { files }));
  await ledger.record(id, { '/etc/a.conf': { installed: hashOf('a1\n'), loaded: hashOf('a0\n') } });
  await engine.restartContainer(id);
  t.true(await noteStart(id));
  t.false(await noteStart(id), 'once');
  t.deepEqual(hashesIn(ledger.configs(id)), {
    '/etc/a.conf': { installed: hashOf('a1\n'), loaded: hashOf('a1\n') },
    '/run/b.conf': { installed: 'none', loaded: 'none' },
  });
  succeeded(t, await push(id, { files }));
  t.is(await shell(id, 'cat /run/b.conf'), 'b1\n');
});

test('a start of which nobody was told is seen by the next push', async (t) => {
  const id = await container({ HostConfig: { Tmpfs: { '/run': '' } }, StopTimeout: 0 } as never);
  const files = [file('/run/b.conf', 'b1\n')];
  succeeded(t, await push(id, { files }));
  await engine.restartContainer(id);
  const again = await push(id, { files });
  succeeded(t, again);
  t.falsy(again.skipped);
  t.is(await shell(id, 'cat /run/b.conf'), 'b1\n');
  t.true((await push(id, { files })).skipped);
});

test('a lost ledger restarts nothing that has read its files; what was pushed since is acted on once more', async (t) => {
  const id = await container({ StopTimeout: 0 } as never);
  const step: Partial<PushConfigStep> = { files: [file('/etc/a.conf', 'a1\n')], action: { kind: 'restart' }, monitorMs: 100 };
  succeeded(t, await push(id, step));
  const { installer: forgetful, ledger: empty } = await agent({ at: `${id}-lost` });
  const startedAt = async () => (await engine.inspectContainer(id))?.State.StartedAt;
  const before = await startedAt();
  t.true((await push(id, step, forgetful)).skipped);
  t.is(await startedAt(), before);
  t.deepEqual(hashesIn(empty.configs(id)), { '/etc/a.conf': { installed: hashOf('a1\n'), loaded: hashOf('a1\n') } });

  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a2\n')] }));
  const { installer: another } = await agent({ at: `${id}-lost-again` });
  t.falsy((await push(id, { ...step, files: [file('/etc/a.conf', 'a2\n')] }, another)).skipped);
  t.not(await startedAt(), before);
});

test('what somebody else wrote is noticed, and put right by the next push', async (t) => {
  const id = await container();
  const files = [file('/etc/a.conf', 'a1\n'), file('/etc/b.conf', 'b1\n'), file('/etc/c.conf', 'c1\n')];
  succeeded(t, await push(id, { files }));
  t.false(await installer.audit(id));
  await shell(id, 'echo mine >/etc/a.conf; rm /etc/b.conf');
  t.true(await installer.audit(id));
  t.deepEqual(hashesIn(ledger.configs(id)), {
    '/etc/a.conf': { installed: hashOf('mine\n'), loaded: hashOf('a1\n') },
    '/etc/b.conf': { installed: 'none', loaded: hashOf('b1\n') },
    '/etc/c.conf': { installed: hashOf('c1\n'), loaded: hashOf('c1\n') },
  });
  succeeded(t, await push(id, { files }));
  t.is(await shell(id, 'cat /etc/a.conf /etc/b.conf'), 'a1\nb1\n');
});

test('a file is read again only where its stamp says that it may have changed', async (t) => {
  const id = await container();
  let reads = 0;
  const getArchive: typeof engine.getArchive = (...where) => {
    reads += 1;
    return engine.getArchive(...where);
  };
  const counting = { ...engine, getArchive };
  const { installer: watchful, ledger: own } = await agent({ engine: counting, at: 'watchful' });
  const files = [file('/etc/a.conf', 'a1\n', { mode: 0o600 }), file('/data/b.conf', 'b1\n')];
  await shell(id, 'mkdir /data; ln -s /data/real.conf /data/b.conf');
  succeeded(t, await push(id, { files }, watchful));
  t.false(await watchful.audit(id));
  t.is(reads, 0, 'what a push has left is known');
  await shell(id, 'touch /etc/a.conf');
  t.false(await watchful.audit(id), 'it was only touched');
  t.false(await watchful.audit(id));
  t.is(reads, 1);
  await shell(id, 'chmod 644 /etc/a.conf; echo mine >/data/real.conf');
  t.true(await watchful.audit(id));
  t.false(await watchful.audit(id), 'nothing new');
  t.deepEqual(hashesIn(own.configs(id)), {
    '/etc/a.conf': { installed: 'mode 0644', loaded: hashOf('a1\n') },
    '/data/b.conf': { installed: hashOf('mine\n'), loaded: hashOf('b1\n') },
  });
  succeeded(t, await push(id, { files }, watchful));
  t.is(await shell(id, 'stat -c %a /etc/a.conf; cat /data/real.conf'), '600\nb1\n');
  t.false(await watchful.audit(id));
});

test('what a stopped container was given behind its back is loaded with its start', async (t) => {
  const id = await container({ StopTimeout: 0 } as never);
  const files = [file('/etc/a.conf', 'a1\n')];
  succeeded(t, await push(id, { files }));
  await engine.stopContainer(id, 0);
  const tar = tarOf([{ path: '/etc/a.conf', bytes: Buffer.from('mine\n'), mode: 0o644, uid: 0, gid: 0 }]);
  await engine.putArchive(id, tar);
  await engine.startContainer(id);
  t.true(await noteStart(id));
  t.true(await installer.audit(id, { started: true }));
  t.deepEqual(hashesIn(ledger.configs(id)), { '/etc/a.conf': { installed: hashOf('mine\n'), loaded: hashOf('mine\n') } });
});

test('what a container found when it was started again is verified by a push, which has nothing to put back', async (t) => {
  const id = await container();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  await engine.stopContainer(id, 0);
  const files = [file('/etc/a.conf', 'a2\n'), file('/etc/b.conf', 'b1\n')];
  await installer.place(id, files, { restarted: true });
  await engine.startContainer(id);
  await noteStart(id);
  const verify = (text: string) => [{ kind: 'exec' as const, argv: ['grep', '-q', text, '/etc/a.conf'], withinMs: 1 }];
  const failed = await push(id, { files, verify: verify('a1') });
  t.like(failed, { ok: false, undone: false });
  t.is(failed.error?.code, 'verify');
  t.regex(failed.error?.message ?? '', /^grep ended with exit status 1.* after a start with the new files$/);
  t.is(await shell(id, 'cat /etc/a.conf'), 'a2\n');
  await shell(id, '(sleep 1; echo theirs >/etc/a.conf) >/dev/null 2>&1 &');
  t.true((await push(id, { files, verify: verify('theirs') })).skipped, 'a program that starts is waited for, whatever a reload may take');
  t.is(await shell(id, 'cat /etc/a.conf'), 'theirs\n');
  t.true((await push(id, { files, verify: verify('a1') })).skipped, 'it has been verified');
  t.true(await installer.audit(id), 'and it is seen that somebody has changed it');
});
