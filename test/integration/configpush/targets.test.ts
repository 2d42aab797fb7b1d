import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { pack } from 'tar-stream';
import { hashOf, startBench, succeeded } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());
const { container, engine, file, installer, leftovers, ledger, push, shell } = bench;

const readOnly = { HostConfig: { ReadonlyRootfs: true, Tmpfs: { '/run': 'size=1m' } } };

for (const [title, HostConfig, target] of [
  ['a tmpfs', { Tmpfs: { '/run': 'size=4m' } }, '/run/deep/a.conf'],
  ['a tmpfs of a mount', { Mounts: [{ Type: 'tmpfs', Source: '', Target: '/run' }] }, '/run/a.conf'],
  ['a tmpfs under a read-only root', readOnly.HostConfig, '/run/a.conf'],
  ['/dev/shm', {}, '/dev/shm/a.conf'],
  ['a named volume', { Mounts: [{ Type: 'volume', Source: 'conf', Target: '/data' }] }, '/data/conf.d/a.conf'],
  [
    'a volume under a read-only root',
    { ReadonlyRootfs: true, Mounts: [{ Type: 'volume', Source: 'more', Target: '/data' }] },
    '/data/a.conf',
  ],
] as const) {
  test(`a file on ${title} is replaced, and taken back`, async (t) => {
    const id = await container({ HostConfig: HostConfig as never });
    succeeded(t, await push(id, { files: [file(target, 'a1\n', { mode: 0o600, uid: 5 })] }));
    const verify = [{ kind: 'exec' as const, argv: ['grep', '-q', 'a1', target], withinMs: 3000 }];
    const result = await push(id, { files: [file(target, 'a2\n')], verify });
    t.like(result, { ok: false, undone: true });
    t.is(await shell(id, `cat ${target}; stat -c '%a %u' ${target}`), 'a1\n600 5\n');
    succeeded(t, await push(id, { files: [file(target, 'a3\n')] }));
    t.is(await shell(id, `cat ${target}`), 'a3\n');
    t.is(await leftovers(id), '');
  });
}

for (const [title, HostConfig, target, words] of [
  ['a read-only root', readOnly.HostConfig, '/etc/a.conf', /read-only root file system; mount a volume at \/etc, or drop read_only/],
  [
    'a read-only volume',
    { Mounts: [{ Type: 'volume', Source: 'ro', Target: '/data', ReadOnly: true }] },
    '/data/a.conf',
    /\/data, which is mounted read-only; mount \/data writable/,
  ],
  ['the engine', {}, '/etc/hosts', /belongs to the Docker engine; use extra_hosts/],
] as const) {
  test(`a file of ${title} is refused with reason and cure, running or not`, async (t) => {
    const [running, made] = await Promise.all([
      container({ HostConfig: HostConfig as never }),
      container({ HostConfig: HostConfig as never }, false),
    ]);
    const result = await push(running, { files: [file(target, 'a1\n')] });
    t.like(result, { ok: false, undone: false });
    t.is(result.error?.code, 'install');
    t.regex(result.error?.message ?? '', words);
    t.regex(result.error?.message ?? '', /lb-1/);
    await t.throwsAsync(installer.place(made, [file(target, 'a1\n')]), { message: words });
    t.deepEqual([ledger.configs(running), ledger.configs(made)], [{}, {}]);
  });
}

test('files are placed on volumes below a read-only root before the first start, each volume in an archive of its own', async (t) => {
  const HostConfig = {
    ReadonlyRootfs: true,
    Mounts: [
      { Type: 'volume' as const, Source: 'placed-one', Target: '/one' },
      { Type: 'volume' as const, Source: 'placed-two', Target: '/two' },
    ],
  };
  const id = await container({ HostConfig }, false);
  await installer.place(id, [file('/one/deep/a.conf', 'a1\n', { uid: 33, mode: 0o640 }), file('/two/b.conf', 'b1\n')]);
  await bench.engine.startContainer(id);
  t.is(await shell(id, 'cat /one/deep/a.conf /two/b.conf; stat -c "%u %a" /one/deep/a.conf'), 'a1\nb1\n33 640\n');
});

test('a file that is bind-mounted itself is refused', async (t) => {
  const folder = join(bench.test.directory, 'bound');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'a.conf'), 'host\n');
  const HostConfig = { Binds: [`${join(folder, 'a.conf')}:/etc/a.conf`, `${folder}:/opt`] };
  const id = await container({ HostConfig });
  const result = await push(id, { files: [file('/etc/a.conf', 'a1\n')] });
  t.regex(result.error?.message ?? '', /mount of its own, which cannot be replaced atomically; mount its folder instead/);
  succeeded(t, await push(id, { files: [file('/opt/b.conf', 'b1\n')] }));
  t.is(await readFile(join(folder, 'b.conf'), 'utf8'), 'b1\n');
  t.is(await readFile(join(folder, 'a.conf'), 'utf8'), 'host\n');
});

test('a folder in the way is refused', async (t) => {
  const id = await container();
  await shell(id, 'mkdir -p /etc/a.conf; echo x >/etc/a.conf/x');
  const result = await push(id, { files: [file('/etc/b.conf', 'b1\n'), file('/etc/a.conf', 'a1\n')] });
  t.regex(result.error?.message ?? '', /\/etc\/a.conf in lb-1: it is a folder/);
  t.is(await shell(id, 'ls /etc/b.conf 2>&1; cat /etc/a.conf/x'), 'ls: /etc/b.conf: No such file or directory\nx\n');
});

test('what the script cannot write is said in its words, with nothing changed', async (t) => {
  const id = await container({ HostConfig: { CapDrop: ['ALL'] } });
  const result = await push(id, { files: [file('/etc/b.conf', 'b1\n'), file('/etc/a.conf', 'a1\n', { uid: 33 })] });
  t.is(result.error?.code, 'install');
  t.regex(result.error?.message ?? '', /could not be written beside its target/);
  t.regex(result.error?.output ?? '', /chown: \/etc\/a.conf: Operation not permitted/);
  t.is(await shell(id, 'ls /etc/a.conf /etc/b.conf 2>/dev/null'), '');
  t.is(await leftovers(id), '');
});

test('a full disk changes nothing', async (t) => {
  const id = await container({ HostConfig: { Tmpfs: { '/run': 'size=64k' } } });
  succeeded(t, await push(id, { files: [file('/run/a.conf', 'a1\n')] }));
  const result = await push(id, { files: [file('/run/a.conf', Buffer.alloc(200_000, 'x'))] });
  t.is(result.error?.code, 'install');
  t.regex(result.error?.output ?? '', /No space left on device/);
  t.is(await shell(id, 'cat /run/a.conf'), 'a1\n');
  t.is(await leftovers(id), '');
});

test('a container with a user of its own gets its checks and actions as that user', async (t) => {
  const id = await container({ User: '65534:65534' });
  const whoami = (into: string) => ['sh', '-c', `id -u >>/tmp/${into}; cat "$0" >>/tmp/${into}`];
  const files = [file('/etc/a.conf', 'a1\n')];
  succeeded(
    t,
    await push(id, {
      files,
      checks: [{ argv: [...whoami('checked'), '{{staged}}'], sources: ['/etc/a.conf'] }],
      action: { kind: 'exec', argv: [...whoami('acted'), '/etc/a.conf'] },
    }),
  );
  t.is(await shell(id, 'cat /tmp/checked /tmp/acted; stat -c %u /etc/a.conf'), '65534\na1\n65534\na1\n0\n');
  const unreadable = [file('/etc/a.conf', 'a2\n', { mode: 0o600 })];
  const result = await push(id, { files: unreadable, checks: [{ argv: ['cat', '{{staged}}'], sources: ['/etc/a.conf'] }] });
  t.is(result.error?.code, 'refused');
  t.regex(result.error?.output ?? '', /can't open '\/etc\/a.conf': Permission denied/);
  t.is(await leftovers(id), '');
});

test('an image without a shell is refused, with the cure', async (t) => {
  const tar = pack();
  tar.entry({ name: 'busybox', mode: 0o755 }, await readFile('/bin/busybox'));
  tar.finalize();
  const stream: unknown = await bench.test.docker.importImage(tar as never, { repo: 'shell-less', tag: 'latest' } as never);
  await text(stream as NodeJS.ReadableStream);
  const id = await engine.createContainer({ Image: 'shell-less', Entrypoint: ['/busybox', 'sleep', '1000'] });
  await engine.startContainer(id);
  const result = await push(id, { files: [file('/a.conf', 'a1\n')] });
  t.is(result.error?.code, 'install');
  t.regex(result.error?.message ?? '', /has no shell; use action: recreate/);
});

test('a container that does not run, or is gone, is refused', async (t) => {
  const made = await container({}, false);
  t.regex((await push(made, { files: [file('/a', 'a')] })).error?.message ?? '', /is created; files are pushed into a running container/);
  t.regex((await push('0123456789ab', { files: [file('/a', 'a')] })).error?.message ?? '', /is not there any more/);
});

test('files are placed before the first start, through links, with owner and mode', async (t) => {
  const first = await container();
  await shell(first, 'mkdir /opt; echo old >/opt/real.conf; ln -s /opt/real.conf /etc/link.conf; chmod 700 /opt');
  await bench.test.docker.getContainer(first).commit({ repo: 'linked' });
  const id = await container({ Image: 'linked', HostConfig: { Mounts: [{ Type: 'volume', Source: 'placed', Target: '/data' }] } }, false);
  const files = [
    file('/etc/link.conf', 'new\n', { mode: 0o640, uid: 33, gid: 44 }),
    file('/etc/deep/er/b.conf', 'b1\n'),
    file('/data/c.conf', 'c1\n'),
  ];
  await installer.place(id, files);
  await engine.startContainer(id);
  t.is(
    await shell(
      id,
      'readlink /etc/link.conf; cat /opt/real.conf; stat -c "%a %u %g" /opt/real.conf /opt; cat /etc/deep/er/b.conf /data/c.conf',
    ),
    '/opt/real.conf\nnew\n640 33 44\n700 0 0\nb1\nc1\n',
  );
  t.deepEqual(ledger.configs(id)['/etc/deep/er/b.conf'], { installed: hashOf('b1\n'), loaded: hashOf('b1\n') });
  t.true((await push(id, { files })).skipped);
});

test('a tmpfs is no place before the start, nor for an action that restarts', async (t) => {
  const id = await container({ HostConfig: { Tmpfs: { '/run': '' } } }, false);
  await t.throwsAsync(installer.place(id, [file('/run/a.conf', 'a')]), {
    code: 'install',
    message: /tmpfs, which is empty at every start; mount a volume/,
  });
  await engine.startContainer(id);
  const result = await push(id, { files: [file('/run/a.conf', 'a')], action: { kind: 'restart' } });
  t.regex(result.error?.message ?? '', /tmpfs, which a restart empties/);
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
  await installer.started(id);
  t.deepEqual(ledger.configs(id), {
    '/etc/a.conf': { installed: hashOf('a1\n'), loaded: hashOf('a1\n') },
    '/run/b.conf': { installed: 'none', loaded: 'none' },
  });
  succeeded(t, await push(id, { files }));
  t.is(await shell(id, 'cat /run/b.conf'), 'b1\n');
});

test('what somebody else wrote is noticed, and put right by the next push', async (t) => {
  const id = await container();
  const files = [file('/etc/a.conf', 'a1\n'), file('/etc/b.conf', 'b1\n'), file('/etc/c.conf', 'c1\n')];
  succeeded(t, await push(id, { files }));
  t.false(await installer.audit(id));
  await shell(id, 'echo mine >/etc/a.conf; rm /etc/b.conf');
  t.true(await installer.audit(id));
  t.deepEqual(ledger.configs(id), {
    '/etc/a.conf': { installed: hashOf('mine\n'), loaded: hashOf('a1\n') },
    '/etc/b.conf': { installed: 'none', loaded: hashOf('b1\n') },
    '/etc/c.conf': { installed: hashOf('c1\n'), loaded: hashOf('c1\n') },
  });
  succeeded(t, await push(id, { files }));
  t.is(await shell(id, 'cat /etc/a.conf /etc/b.conf'), 'a1\nb1\n');
});
