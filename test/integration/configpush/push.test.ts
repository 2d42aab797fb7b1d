import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { runTool } from '../../../src/configpush/run-tool.ts';
import { hashesIn, hashOf, startBench, stepOf, succeeded } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());
const { container, file, push, shell, leftovers, engine, installer, ledger } = bench;

for (const [title, bytes] of [
  ['an empty file', Buffer.alloc(0)],
  ['one byte', Buffer.from([0])],
  ['text without an end of line', Buffer.from('end\ngo\nundo')],
  ['exactly one block', randomBytes(65_536)],
  ['200 KiB of anything', randomBytes(204_800)],
] as const) {
  test(`${title} arrives byte for byte, with owner and mode`, async (t) => {
    const id = await container();
    const target = '/etc/deep/er/app.conf';
    succeeded(t, await push(id, { files: [file(target, bytes, { mode: 0o640, uid: 33, gid: 44 })] }));
    t.is(
      await shell(id, `sha256sum <${target}; stat -c '%a %u %g %s' ${target}; stat -c '%a %u %g' /etc/deep/er`),
      `${hashOf(bytes).slice(7)}  -\n640 33 44 ${bytes.length}\n755 0 0\n`,
    );
    t.is(await leftovers(id), '');
    t.deepEqual(hashesIn(ledger.configs(id)), { [target]: { installed: hashOf(bytes), loaded: hashOf(bytes) } });
  });
}

test('what is in place and loaded is not touched', async (t) => {
  const id = await container();
  const step = { files: [file('/etc/app.conf', 'one\n')], action: { kind: 'exec', argv: ['sh', '-c', 'echo x >>/tmp/acted'] } } as const;
  succeeded(t, await push(id, { ...step, files: [...step.files], action: { kind: 'exec', argv: [...step.action.argv] } }));
  const inode = await shell(id, 'stat -c %i /etc/app.conf');
  const again = await push(id, { files: [...step.files], action: { kind: 'exec', argv: [...step.action.argv] } });
  t.true(again.skipped);
  t.is(await shell(id, 'stat -c %i /etc/app.conf; cat /tmp/acted'), `${inode}x\n`);
});

test('another mode alone, then another owner alone, is given to the same bytes, with the action', async (t) => {
  const id = await container({ Cmd: ['sh', '-c', 'trap "echo hup >>/tmp/seen" HUP; while :; do sleep 1000 & wait; done'] });
  const action = { kind: 'signal', signal: 'HUP' } as const;
  const place = async (over: object) => push(id, { files: [file('/etc/app.conf', 'one\n', over)], action, monitorMs: 0 });
  const rights = () => shell(id, "stat -c '%a %u %g' /etc/app.conf; wc -l </tmp/seen");
  succeeded(t, await place({ mode: 0o644 }));
  t.falsy((await place({ mode: 0o600 })).skipped);
  t.is(await rights(), '600 0 0\n2\n');
  t.falsy((await place({ mode: 0o600, uid: 101 })).skipped);
  t.is(await rights(), '600 101 0\n3\n');
  t.true((await place({ mode: 0o600, uid: 101 })).skipped);
  await shell(id, 'chown 33:44 /etc/app.conf; touch /etc/app.conf');
  t.true(await installer.audit(id), 'the file is read, since it was touched');
  t.is(ledger.configs(id)['/etc/app.conf']?.installed, 'owner 33:44');
  succeeded(t, await place({ mode: 0o600, uid: 101 }));
  t.is(await rights(), '600 101 0\n4\n');
  t.false(await installer.audit(id));
});

test('a refused file changes nothing and leaves nothing, also of the others', async (t) => {
  const id = await container();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  const result = await push(id, {
    files: [file('/etc/a.conf', 'a2\n', { source: 'a' }), file('/etc/new/b.conf', 'bad\n', { source: 'b' })],
    checks: [
      { argv: ['grep', '-q', 'a2', '{{staged:a}}'], sources: ['a'] },
      { argv: ['sh', '-c', 'grep -q good "$0" || { echo "unknown directive in $0:1"; exit 3; }', '{{staged}}'], sources: ['b'] },
    ],
    action: { kind: 'exec', argv: ['touch', '/tmp/acted'] },
  });
  t.false(result.ok);
  t.false(result.undone ?? false);
  t.is(result.error?.code, 'refused');
  t.is(result.error?.output, 'unknown directive in /etc/new/b.conf:1');
  t.is(
    await shell(id, 'cat /etc/a.conf; ls -d /etc/new /tmp/acted 2>&1'),
    'a1\nls: /etc/new: No such file or directory\nls: /tmp/acted: No such file or directory\n',
  );
  t.is(await leftovers(id), '');
  t.is(ledger.configs(id)['/etc/new/b.conf'], undefined);
});

test('a signal reaches process 1', async (t) => {
  const id = await container({
    Cmd: ['sh', '-c', 'trap "echo hup >>/tmp/seen; cat /etc/app.conf >>/tmp/seen" HUP; while :; do sleep 1000 & wait; done'],
  });
  succeeded(t, await push(id, { files: [file('/etc/app.conf', 'new\n')], action: { kind: 'signal', signal: 'SIGHUP' }, monitorMs: 300 }));
  t.is(await shell(id, 'cat /tmp/seen'), 'hup\nnew\n');
});

test('a script of the repository acts, by its interpreter and as the user of the container', async (t) => {
  const id = await container({ User: '1234' });
  const script = (text: string) => ({ kind: 'script', name: 'apps/shop/reload.sh', hash: file('reload.sh', text).hash }) as const;
  const step = { files: [file('/tmp/a.conf', 'a1\n', { uid: 1234 })] };
  succeeded(t, await push(id, { ...step, action: script('#!/bin/busybox sh\nid -u >/tmp/acted\ncat /tmp/a.conf >>/tmp/acted\n') }));
  t.is(await shell(id, 'cat /tmp/acted'), '1234\na1\n');
  const early = await push(id, { files: [file('/tmp/a.conf', 'a2\n', { uid: 1234 })], action: script('#!/bin/bash\ntrue\n') });
  t.like(early, { ok: false, undone: false });
  t.is(early.error?.message, 'cannot act in lb-1: there is no /bin/bash in its image; nothing has changed');
  const result = await push(id, {
    files: [file('/tmp/a.conf', 'a2\n', { uid: 1234 })],
    action: script('grep -q a1 /tmp/a.conf || { echo no >&2; exit 3; }\n'),
  });
  t.like(result, { ok: false, undone: true }, JSON.stringify(result));
  t.regex(result.error?.message ?? '', /apps\/shop\/reload.sh ended with exit status 3/);
  t.is(result.error?.output, 'no');
  t.is(await shell(id, 'cat /tmp/a.conf'), 'a1\n');
});

test('a program that does not end in time is ended with all that it started', async (t) => {
  const id = await container();
  const ran = await runTool(bench.engine, id, { argv: ['sh', '-c', 'echo begun; sleep 4711 & sleep 4711'], user: '0', withinMs: 5000 });
  t.is(ran.status, 124);
  t.regex(ran.output, /^begun\n/);
  t.is(await shell(id, 'ps | grep -c "[s]leep 4711"'), '0\n');
});

test('a program whose agent is killed ends with it', async (t) => {
  const id = await container();
  let die = () => {};
  const exec: typeof engine.exec = async (...args) => {
    const session = await engine.exec(...args);
    die = session.close;
    return session;
  };
  const ran = runTool({ ...engine, exec }, id, { argv: ['sh', '-c', 'sleep 4712 & sleep 4712'], user: '1234', withinMs: 60_000 });
  const sleeping = async () => Number(await shell(id, 'ps | grep -c "[s]leep 4712$"'));
  while ((await sleeping()) < 2) await sleep(20);
  die();
  await t.throwsAsync(ran);
  while ((await sleeping()) > 0) await sleep(20);
  t.is(await shell(id, 'ps | grep -c "[w]indlass-pid"'), '0\n');
});

test('a signal goes to the process of that name, not to those that it started', async (t) => {
  const id = await container({
    Cmd: [
      'sh',
      '-c',
      `cat >/tmp/workhorse <<'END'
#!/bin/sh
echo "$$ $1" >>/tmp/started
trap 'echo "$1" >>/tmp/seen' HUP
[ "$1" = master ] && /tmp/workhorse worker &
while :; do sleep 1000 & wait $!; done
END
chmod +x /tmp/workhorse; /tmp/workhorse master & wait`,
    ],
  });
  while (!(await shell(id, 'cat /tmp/started')).includes('worker')) await sleep(50);
  succeeded(
    t,
    await push(id, {
      files: [file('/etc/app.conf', 'new\n')],
      action: { kind: 'signal', signal: 'HUP', process: 'workhorse' },
      monitorMs: 300,
    }),
  );
  t.is(await shell(id, 'cat /tmp/seen'), 'master\n');
});

test('a process that has just started has its time to handle signals', async (t) => {
  const id = await container({ Cmd: ['sh', '-c', 'sleep 0.5; trap "echo seen >>/tmp/seen" HUP; while :; do sleep 0.1; done'] });
  succeeded(t, await push(id, { files: [file('/etc/app.conf', 'new\n')], action: { kind: 'signal', signal: 'HUP' }, monitorMs: 300 }));
  t.is(await shell(id, 'cat /tmp/seen'), 'seen\n');
});

test('a signal that nobody would handle is refused before anything changes', async (t) => {
  const id = await container({ Cmd: ['sh', '-c', 'sleep 1001 & exec sleep 1000'] });
  const hup = (process?: string) =>
    push(id, { files: [file('/etc/app.conf', 'new\n')], action: { kind: 'signal', signal: 'HUP', ...(process ? { process } : {}) } });
  const dropped = await hup();
  t.like(dropped, { ok: false, undone: false });
  t.regex(dropped.error?.message ?? '', /process 1 \(sleep\) does not handle it, so the kernel would drop it/);
  const absent = await hup('nginx');
  t.regex(absent.error?.message ?? '', /no process there is named nginx/);
  const deadly = await container({ Cmd: ['sh', '-c', 'trap : HUP; sleep 1000 & wait'] });
  const killed = await push(deadly, {
    files: [file('/etc/app.conf', 'new\n')],
    action: { kind: 'signal', signal: 'HUP', process: 'sleep' },
  });
  t.regex(killed.error?.message ?? '', /\(sleep\) does not handle it, so it would die of it/);
  t.is(await shell(id, 'ls /etc/app.conf 2>&1'), 'ls: /etc/app.conf: No such file or directory\n');
  t.is(await leftovers(id), '');
});

test('a removed file is gone, and forgotten', async (t) => {
  const id = await container();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  succeeded(t, await push(id, { remove: ['/etc/a.conf'], action: { kind: 'exec', argv: ['touch', '/tmp/acted'] } }));
  t.is(await shell(id, 'ls /etc/a.conf 2>&1; ls /tmp/acted'), 'ls: /etc/a.conf: No such file or directory\n/tmp/acted\n');
  t.deepEqual(ledger.configs(id), {});
  t.true((await push(id, { remove: ['/etc/a.conf'] })).skipped);
});

test('files that only go are checked too: in a shadow without them, their volume left out', async (t) => {
  const id = await container({ HostConfig: { Mounts: [{ Type: 'volume', Source: 'parts', Target: '/etc/conf.d' }] } });
  const main = file('/etc/main.conf', 'include conf.d\n');
  const part = file('/etc/conf.d/a.conf', 'a1\n');
  succeeded(t, await push(id, { files: [main, part] }));
  const drop = (script: string) =>
    push(id, {
      remove: [part.target],
      all: [main],
      checks: [{ argv: ['sh', '-c', script, 'lint', '{{staged}}'], sources: [main.source] }],
    });
  const refused = await drop('cat "$1" /etc/conf.d/a.conf');
  t.is(refused.error?.code, 'refused', JSON.stringify(refused));
  // Two streams, in any order.
  t.regex(refused.error?.output ?? '', /include conf.d/);
  t.regex(refused.error?.output ?? '', /can't open '\/etc\/conf.d\/a.conf'/);
  t.is(await shell(id, 'cat /etc/conf.d/a.conf'), 'a1\n');
  succeeded(t, await drop('grep include "$1"'));
  t.is(await shell(id, 'ls /etc/conf.d'), '');
});

test('a signal leaves the restart policy armed', async (t) => {
  const id = await container({
    Cmd: ['sh', '-c', 'trap : HUP; while :; do sleep 1000 & wait; done'],
    HostConfig: { RestartPolicy: { Name: 'always' } },
  });
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')], action: { kind: 'signal', signal: 'HUP' }, monitorMs: 100 }));
  process.kill((await engine.inspectContainer(id))?.State.Pid ?? 0, 'SIGKILL');
  // The count rises first; then it is up again.
  const isBack = async () => {
    const found = await engine.inspectContainer(id);
    return found?.RestartCount === 1 && found.State.Running && !found.State.Restarting;
  };
  while (!(await isBack())) await sleep(50);
  t.is(await shell(id, 'cat /etc/a.conf'), 'a1\n');
});

test('a push that is called off before the swap changes nothing', async (t) => {
  const id = await container();
  const called = new AbortController();
  const { installer } = await bench.agent({ at: id, fault: (point) => point === 'push:checked' && called.abort(new Error('taken over')) });
  const step = { ...stepOf(id, { files: [file('/etc/a.conf', 'a1\n')] }) };
  await t.throwsAsync(installer.push(step, called.signal), { message: 'taken over' });
  t.is(await shell(id, 'ls /etc/a.conf 2>/dev/null'), '');
  t.is(await leftovers(id), '');
});

test('pushes into one container come one after the other', async (t) => {
  const id = await container();
  const act = (name: string) => ({
    kind: 'exec' as const,
    argv: ['sh', '-c', `echo in ${name} >>/tmp/log; sleep 0.3; echo out ${name} >>/tmp/log`],
  });
  const results = await Promise.all(['a', 'b', 'c'].map((name) => push(id, { files: [file(`/etc/${name}`, name)], action: act(name) })));
  for (const result of results) succeeded(t, result);
  t.is(await shell(id, 'cat /tmp/log'), 'in a\nout a\nin b\nout b\nin c\nout c\n');
});

test('a process 1 that never reaps is left without zombies or strangers', async (t) => {
  for (const User of ['', '1234']) {
    const id = await container({ Cmd: ['sleep', '1000'], User });
    const result = await push(id, {
      files: [file('/etc/a.conf', 'a1\n')],
      checks: [{ argv: ['grep', '-q', 'a1', '{{staged}}'], sources: ['/etc/a.conf'] }],
      action: { kind: 'exec', argv: ['sh', '-c', 'exit 3'] },
    });
    t.like(result, { ok: false });
    t.is(await shell(id, 'grep -l "^State:.Z" /proc/[0-9]*/status; pidof sleep'), '1\n');
  }
});

test('containers that share a folder stage their files there side by side', async (t) => {
  const shared = { HostConfig: { Mounts: [{ Type: 'volume' as const, Source: 'shared', Target: '/data' }] } };
  const ids = await Promise.all([1, 2, 3].map(() => container(shared)));
  const files = [file('/data/a.conf', 'a1\n')];
  const checks = [{ argv: ['sh', '-c', 'sleep 1; grep -q a1 "$0"', '{{staged}}'], sources: ['/data/a.conf'] }];
  for (const result of await Promise.all(ids.map((id) => push(id, { files, checks })))) succeeded(t, result);
  t.is(await shell(ids[0] ?? '', 'cd /data; ls -A; cat a.conf'), 'a.conf\na1\n');
});
