import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { pack } from 'tar-stream';
import type { ContainerCreateOptions } from '../../../src/docker/engine.ts';
import { type Bench, startBench, succeeded } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());
const { container, engine, file, installer, leftovers, ledger, push, shell } = bench;

/** An image with what a target may meet: links to a file and to a folder, a folder of another user, a folder in a file's place. */
const linked = 'linked:latest';
const bound = join(bench.test.directory, 'bound');
test.before(async () => {
  const id = await container();
  await shell(
    id,
    `mkdir -p /opt/real /etc/folder.conf; echo old >/opt/real.conf; ln -s /opt/real.conf /etc/link.conf; ln -s /opt/real /etc/linked
     echo x >/etc/folder.conf/x; echo old >/etc/plain.conf; chmod 700 /opt/real`,
  );
  await bench.test.docker.getContainer(id).commit({ repo: 'linked', tag: 'latest' });
  await mkdir(bound, { recursive: true });
  await writeFile(join(bound, 'a.conf'), 'host\n');
});

/** The kinds that are tried here; docs/config-files.md has a row for each. */
const kinds = new Set<string>();
const kind = (name: string, what: string, body: (t: ExecutionContext) => Promise<void>) => {
  kinds.add(name);
  test(`${name}: ${what}`, body);
};

interface Target {
  readonly at: string;
  readonly options?: ContainerCreateOptions;
}

/** Installed, replaced, taken back, all with owner and mode, and nothing left behind. */
async function replaces(t: ExecutionContext, { at, options = {} }: Target, on: Bench = bench): Promise<void> {
  const id = await on.container({ Image: linked, ...options });
  const first = on.file(at, 'a1\n', { mode: 0o604, uid: 5, gid: 6 });
  succeeded(t, await on.push(id, { files: [first] }));
  const action = { kind: 'exec' as const, argv: ['grep', '-q', 'a1', at] };
  const failed = await on.push(id, { files: [on.file(at, 'a2\n')], action });
  t.like(failed, { ok: false, undone: true }, JSON.stringify(failed));
  t.is(await on.shell(id, `cat ${at}; stat -Lc '%a %u %g' ${at}`), 'a1\n604 5 6\n');
  succeeded(t, await on.push(id, { files: [on.file(at, 'a3\n')] }));
  t.is(await on.shell(id, `cat ${at}; stat -Lc '%a %u %g' ${at}`), 'a3\n644 0 0\n');
  t.is(await on.leftovers(id), '');
}

/** There before the first start, with owner and mode. */
async function places(t: ExecutionContext, { at, options = {} }: Target, on: Bench = bench): Promise<void> {
  const id = await on.container({ Image: linked, ...options }, false);
  const files = [on.file(at, 'a1\n', { mode: 0o604, uid: 33, gid: 44 })];
  await on.installer.place(id, files);
  await on.engine.startContainer(id);
  t.is(await on.shell(id, `cat ${at}; stat -Lc '%a %u %g' ${at}`), 'a1\n604 33 44\n');
  t.true((await on.push(id, { files })).skipped);
}

/** Neither pushed nor placed, for the same reason and with the same cure, and nothing has changed. */
async function refuses(t: ExecutionContext, { at, options = {} }: Target, words: RegExp): Promise<void> {
  const [running, made] = await Promise.all([container({ Image: linked, ...options }), container({ Image: linked, ...options }, false)]);
  const look = () => shell(running, `ls -la ${at} ${at}/.. 2>&1`);
  const before = await look();
  const result = await push(running, { files: [file('/tmp/b.conf', 'b1\n'), file(at, 'a1\n')] });
  t.like(result, { ok: false, undone: false });
  t.is(result.error?.code, 'install');
  t.regex(result.error?.message ?? '', words);
  t.regex(result.error?.message ?? '', /lb-1/);
  await t.throwsAsync(installer.place(made, [file(at, 'a1\n')]), { code: 'install', message: words });
  t.deepEqual([ledger.configs(running), ledger.configs(made)], [{}, {}]);
  t.is(await look(), before);
  t.is(await shell(running, 'ls /tmp/b.conf 2>/dev/null'), '');
  t.is(await leftovers(running), '');
}

const volume = (Source: string, ReadOnly = false) => ({
  HostConfig: { Mounts: [{ Type: 'volume' as const, Source, Target: '/data', ReadOnly }] },
});
const writable: readonly (readonly [string, Target])[] = [
  ['plain file', { at: '/etc/plain.conf' }],
  ['missing parent folders', { at: '/etc/deep/er/a.conf' }],
  ['named volume', { at: '/data/conf.d/a.conf', options: volume('conf') }],
  ['bind-mounted folder', { at: '/opt/bound/b.conf', options: { HostConfig: { Binds: [`${bound}:/opt/bound`] } } }],
  [
    'read-only root file system, writable mount below',
    { at: '/data/a.conf', options: { HostConfig: { ReadonlyRootfs: true, ...volume('below').HostConfig } } },
  ],
  ['symlinked file', { at: '/etc/link.conf' }],
  ['symlinked folder', { at: '/etc/linked/a.conf' }],
];
for (const [name, target] of writable) {
  kind(name, 'a file is replaced, and taken back, and there before the first start of another container', async (t) => {
    await replaces(t, target);
    await places(t, target);
  });
}

const refused: readonly (readonly [string, Target, RegExp])[] = [
  [
    'read-only volume',
    { at: '/data/a.conf', options: volume('ro', true) },
    /is on \/data, which is mounted read-only; mount \/data writable/,
  ],
  [
    'bind-mounted single file',
    { at: '/etc/bound.conf', options: { HostConfig: { Binds: [`${join(bound, 'a.conf')}:/etc/bound.conf`] } } },
    /is a mount of its own, which cannot be replaced atomically; mount its folder instead/,
  ],
  [
    'read-only root file system',
    { at: '/etc/a.conf', options: { HostConfig: { ReadonlyRootfs: true, Tmpfs: { '/run': 'size=1m', '/tmp': '' } } } },
    /is on a read-only root file system; mount a volume at \/etc, or drop read_only/,
  ],
  ['folder where a file should be', { at: '/etc/folder.conf' }, /is a folder; name a file as the target/],
  ["the engine's own files", { at: '/etc/hosts' }, /belongs to the Docker engine; use extra_hosts/],
];
for (const [name, target, words] of refused) {
  kind(name, 'a file is refused with reason and cure, running or not', (t) => refuses(t, target, words));
}

for (const [what, HostConfig, at] of [
  ['of tmpfs:', { Tmpfs: { '/run': 'size=4m' } }, '/run/deep/a.conf'],
  ['of volumes:', { Mounts: [{ Type: 'tmpfs', Source: '', Target: '/run' }] }, '/run/a.conf'],
  ['under a read-only root', { ReadonlyRootfs: true, Tmpfs: { '/run': 'size=1m' } }, '/run/a.conf'],
  ['at /dev/shm', {}, '/dev/shm/a.conf'],
] as const) {
  kind('tmpfs', `a file on one ${what} is replaced, and taken back`, (t) =>
    replaces(t, { at, options: { HostConfig: HostConfig as never } }),
  );
}

kind('tmpfs', 'it is no place before the start, nor for an action that restarts', async (t) => {
  const id = await container({ HostConfig: { Tmpfs: { '/run': '' } } }, false);
  await t.throwsAsync(installer.place(id, [file('/run/a.conf', 'a')]), {
    code: 'install',
    message: /tmpfs, which is empty at every start; mount a volume/,
  });
  await engine.startContainer(id);
  const result = await push(id, { files: [file('/run/a.conf', 'a')], action: { kind: 'restart' } });
  t.regex(result.error?.message ?? '', /tmpfs, which a restart empties/);
});

kind('symlinked file', 'the link stays, and what it leads to changes, as does what a linked folder holds', async (t) => {
  const id = await container({ Image: linked });
  const files = [file('/etc/link.conf', 'new\n'), file('/etc/linked/other.conf', 'other\n')];
  const checks = [{ argv: ['grep', '-q', 'new', '{{staged:/etc/link.conf}}'], sources: [] }];
  succeeded(t, await push(id, { files, checks }));
  const look = 'readlink /etc/link.conf; readlink /etc/linked; cat /opt/real.conf /opt/real/other.conf; stat -c %a /opt/real';
  t.is(await shell(id, look), '/opt/real.conf\n/opt/real\nnew\nother\n700\n');
});

kind('bind-mounted folder', 'the host has the file too, and keeps its others', async (t) => {
  const id = await container({ HostConfig: { Binds: [`${bound}:/opt`] } });
  succeeded(t, await push(id, { files: [file('/opt/c.conf', 'c1\n')] }));
  t.deepEqual(await Promise.all(['c.conf', 'a.conf'].map((name) => readFile(join(bound, name), 'utf8'))), ['c1\n', 'host\n']);
});

kind('read-only root file system, writable mount below', 'each volume gets an archive of its own', async (t) => {
  const mount = (name: string) => ({ Type: 'volume' as const, Source: `placed-${name}`, Target: `/${name}` });
  const id = await container({ HostConfig: { ReadonlyRootfs: true, Mounts: [mount('one'), mount('two')] } }, false);
  await installer.place(id, [file('/one/deep/a.conf', 'a1\n', { uid: 33, mode: 0o640 }), file('/two/b.conf', 'b1\n')]);
  t.deepEqual(ledger.configs(id)['/one/deep/a.conf']?.declared, { mode: 0o640, uid: 33, gid: 0 });
  await engine.startContainer(id);
  t.is(await shell(id, 'cat /one/deep/a.conf /two/b.conf; stat -c "%u %a" /one/deep/a.conf'), 'a1\nb1\n33 640\n');
});

kind('cap_drop: [ALL]', 'files of root are replaced; any other owner is refused early, and given before the start', async (t) => {
  const options = { Image: linked, HostConfig: { CapDrop: ['ALL'] } };
  const id = await container(options);
  succeeded(t, await push(id, { files: [file('/etc/plain.conf', 'a1\n')] }));
  const result = await push(id, { files: [file('/etc/plain.conf', 'a2\n'), file('/etc/b.conf', 'b1\n', { uid: 33 })] });
  t.is(result.error?.code, 'install');
  t.regex(
    result.error?.message ?? '',
    /\/etc\/b.conf in lb-1: it is to belong to 33:0, and .* no CHOWN capability; add cap_add: \[CHOWN, FOWNER\]/,
  );
  t.is(await shell(id, 'cat /etc/plain.conf; ls /etc/b.conf 2>/dev/null'), 'a1\n');
  await places(t, { at: '/etc/plain.conf', options });
  await replaces(t, { at: '/etc/plain.conf', options: { HostConfig: { CapDrop: ['ALL'], CapAdd: ['CHOWN', 'FOWNER'] } } });
});

kind('cap_drop: [ALL]', "what root may not write there is said in the tool's words, with nothing changed", async (t) => {
  const id = await container({ HostConfig: { CapDrop: ['ALL'], Tmpfs: { '/run': 'uid=33,mode=755' } } });
  const result = await push(id, { files: [file('/etc/b.conf', 'b1\n'), file('/run/a.conf', 'a1\n')] });
  t.is(result.error?.code, 'install');
  t.regex(
    result.error?.message ?? '',
    /could not be written beside its target; if it lacks a program or a capability, use action: recreate/,
  );
  t.regex(result.error?.output ?? '', /\/run\/a.conf: Permission denied/);
  t.is(await shell(id, 'ls /run/a.conf /etc/b.conf 2>/dev/null'), '');
  t.is(await leftovers(id), '');
});

kind('cap_drop: [ALL]', "a signal that root may not send to another user's process is refused, with nothing changed", async (t) => {
  const options = (...CapAdd: string[]) => ({
    User: '65534',
    Cmd: ['sh', '-c', 'trap "cat /etc/plain.conf >/tmp/seen" HUP; while :; do sleep 1000 & wait; done'],
    HostConfig: { CapDrop: ['ALL'], CapAdd },
  });
  const [id, able] = [await container(options()), await container(options('KILL'))];
  const send = (to: string, signal: string) => push(to, { files: [file('/etc/plain.conf', 'a1\n')], action: { kind: 'signal', signal } });
  for (const signal of ['HUP', 'TERM']) {
    const result = await send(id, signal);
    t.like(result, { ok: false, undone: false }, JSON.stringify(result));
    t.regex(
      result.error?.message ?? '',
      /process 1 \(sh\) has another user, and root has no KILL capability there; add cap_add: \[KILL\].* nothing has changed$/,
    );
  }
  t.is(await shell(id, 'ls /etc/plain.conf 2>/dev/null'), '');
  t.is(await leftovers(id), '');
  succeeded(t, await send(able, 'HUP'));
  t.is(await shell(able, 'cat /tmp/seen'), 'a1\n');
});

kind('user namespaces', 'owners are those that the container sees, pushed or placed', async (t) => {
  const remapped = await startBench(['linked:latest'], { remapped: true });
  t.teardown(() => remapped.stop());
  await replaces(t, { at: '/etc/a.conf' }, remapped);
  await places(t, { at: '/etc/deep/a.conf' }, remapped);
  await replaces(t, { at: '/data/a.conf', options: volume('conf') }, remapped);
  const id = await remapped.container();
  const { State } = (await remapped.engine.inspectContainer(id)) ?? {};
  t.regex(await readFile(`/proc/${State?.Pid}/uid_map`, 'utf8'), /^\s+0\s+100000\s/);
});

kind('paused', 'nothing is pushed while it is, and the reason is said', async (t) => {
  const id = await container();
  await bench.test.docker.getContainer(id).pause();
  const result = await push(id, { files: [file('/etc/a.conf', 'a1\n')] });
  t.regex(result.error?.message ?? '', /cannot push files into lb-1: it is paused; files are pushed into a running container/);
  await bench.test.docker.getContainer(id).unpause();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
});

kind('stopped', 'files are placed, and there at the next start', async (t) => {
  const id = await container({ Image: linked });
  await engine.stopContainer(id, 0);
  const result = await push(id, { files: [file('/etc/link.conf', 'a1\n')] });
  t.regex(result.error?.message ?? '', /it is exited; files are pushed into a running container/);
  await installer.place(id, [file('/etc/link.conf', 'a1\n')]);
  await engine.startContainer(id);
  t.is(await shell(id, 'readlink /etc/link.conf; cat /opt/real.conf'), '/opt/real.conf\na1\n');
});

kind('restarting', 'nothing is pushed while it does not stay up', async (t) => {
  const id = await container({ Cmd: ['false'], HostConfig: { RestartPolicy: { Name: 'always' } } });
  // Each pause between two tries is twice as long as the one before.
  while (((await engine.inspectContainer(id))?.RestartCount ?? 0) < 4) await sleep(20);
  while (!(await engine.inspectContainer(id))?.State.Restarting) await sleep(20);
  const result = await push(id, { files: [file('/etc/a.conf', 'a1\n')] });
  // Where a try comes between the look and the exec, the engine says it.
  t.regex(result.error?.message ?? '', /it is restarting; files are pushed into a running container|is restarting, wait/);
  await engine.stopContainer(id, 0);
});

kind('just created', 'files are placed before it starts, not pushed', async (t) => {
  const made = await container({}, false);
  t.regex((await push(made, { files: [file('/a', 'a')] })).error?.message ?? '', /is created; files are pushed into a running container/);
  t.regex((await push('0123456789ab', { files: [file('/a', 'a')] })).error?.message ?? '', /is not there any more/);
  await places(t, { at: '/etc/a.conf' });
  const running = await container();
  await t.throwsAsync(installer.place(running, [file('/a', 'a')]), { message: /runs: its files are pushed, not placed/ });
});

kind('non-root user', 'checks and actions are run as that user, files belong to whom they are declared', async (t) => {
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

kind('image without a shell', 'a push is refused with the cure, and files are there before the start', async (t) => {
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
  const made = await engine.createContainer({ Image: 'shell-less', Entrypoint: ['/busybox', 'cat', '/a.conf'] });
  await installer.place(made, [file('/a.conf', 'a1\n')]);
  await engine.startContainer(made);
  await engine.waitContainer(made, AbortSignal.timeout(10_000));
  t.is(await text(await engine.containerLogs(made)), 'a1\n');
});

test('every kind of target in docs/config-files.md is tried here, and no other', async (t) => {
  const page = await readFile(new URL('../../../../docs/config-files.md', import.meta.url), 'utf8');
  const table = page.split('\n## Targets\n')[1]?.split('\n## ')[0] ?? '';
  const rows = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, name = '']) => name.replaceAll('`', ''));
  t.deepEqual([...kinds].sort(), rows.filter((name) => name !== 'target' && !name.startsWith('-')).sort());
});
