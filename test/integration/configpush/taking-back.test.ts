import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { startBench, succeeded } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());
const { container, file, push, shell, leftovers, engine, ledger } = bench;

/** For a process that ends: as long as a busy machine may take to get it that far. */
const patientMs = 6_000;

test('a failed verification takes everything back and acts again', async (t) => {
  const id = await container();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n', { mode: 0o600, uid: 7, gid: 8 }), file('/etc/gone.conf', 'g1\n')] }));
  const before = await shell(id, 'stat -c "%i %a %u" /etc/a.conf /etc/gone.conf');
  const known = ledger.configs(id);
  const result = await push(id, {
    files: [file('/etc/a.conf', 'a2\n'), file('/etc/made/b.conf', 'b1\n')],
    remove: ['/etc/gone.conf'],
    action: { kind: 'exec', argv: ['sh', '-c', 'cat /etc/a.conf >>/tmp/acted'] },
    verify: [{ kind: 'exec', argv: ['sh', '-c', 'echo not well; grep -q a1 /etc/a.conf'], withinMs: 4000 }],
  });
  t.like(result, { ok: false, undone: true }, JSON.stringify(result));
  t.is(result.error?.code, 'verify');
  t.regex(result.error?.output ?? '', /not well/);
  t.is(await shell(id, 'cat /tmp/acted; ls -d /etc/made 2>&1'), 'a2\na1\nls: /etc/made: No such file or directory\n');
  t.is(await shell(id, 'stat -c "%i %a %u" /etc/a.conf /etc/gone.conf'), before);
  t.deepEqual(ledger.configs(id), known);
  t.is(await leftovers(id), '');
});

test('an action that fails is undone', async (t) => {
  const id = await container();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  const result = await push(id, {
    files: [file('/etc/a.conf', 'a2\n')],
    action: { kind: 'exec', argv: ['sh', '-c', 'grep -q a1 /etc/a.conf || { echo cannot reload >&2; exit 9; }'] },
  });
  t.like(result, { ok: false, undone: true }, JSON.stringify(result));
  t.regex(result.error?.message ?? '', /exit status 9/);
  t.is(result.error?.output, 'cannot reload');
  t.is(await shell(id, 'cat /etc/a.conf'), 'a1\n');
});

test('a signal that kills the process is noticed, and the old files are back in a running container', async (t) => {
  const id = await container({ Cmd: ['sh', '-c', 'echo started >>/tmp/starts; exec sleep 1000'], HostConfig: { Init: true } });
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  const result = await push(id, {
    files: [file('/etc/a.conf', 'a2\n'), file('/etc/b.conf', 'b1\n')],
    action: { kind: 'signal', signal: 'HUP' },
    monitorMs: patientMs,
    watchMs: patientMs,
  });
  t.like(result, { ok: false, undone: true }, JSON.stringify(result));
  t.regex(result.error?.message ?? '', /ended with exit status/);
  t.is((await engine.inspectContainer(id))?.State.Running, true);
  t.is(await shell(id, 'cat /etc/a.conf; ls /etc/b.conf 2>&1'), 'a1\nls: /etc/b.conf: No such file or directory\n');
  t.is(await leftovers(id), '');
});

test('a container whose healthcheck only fails from then on, or that turns unhealthy, gets its old files back', async (t) => {
  const check = (Retries: number) => ({ Test: ['CMD-SHELL', 'cat /etc/a.conf; ! grep -q bad /etc/a.conf'], Interval: 3e8, Retries });
  const act = { action: { kind: 'exec' as const, argv: ['true'] } };
  for (const [retries, words] of [
    [1000, /its healthcheck has failed ever since/],
    [2, /the container became unhealthy: bad/],
  ] as const) {
    const id = await container({ Healthcheck: check(retries) });
    while ((await engine.inspectContainer(id))?.State.Health?.Status !== 'healthy') await sleep(50);
    succeeded(t, await push(id, { ...act, monitorMs: 100, files: [file('/etc/a.conf', 'good\n')] }));
    const result = await push(id, { ...act, monitorMs: 3000, files: [file('/etc/a.conf', 'bad\n')] });
    t.like(result, { ok: false, undone: true }, JSON.stringify(result));
    t.regex(result.error?.message ?? '', words);
    t.is(await shell(id, 'cat /etc/a.conf'), 'good\n');
  }
});

test('a restart loads the file; one that does not come up is taken back', async (t) => {
  const id = await container({
    Cmd: ['sh', '-c', 'cp /etc/a.conf /tmp/loaded 2>/dev/null; grep -q bad /etc/a.conf 2>/dev/null && exit 4; exec sleep 1000'],
    StopTimeout: 0,
  } as never);
  const step = { action: { kind: 'restart' } } as const;
  succeeded(t, await push(id, { ...step, monitorMs: 500, files: [file('/etc/a.conf', 'good\n')] }));
  t.is(await shell(id, 'cat /tmp/loaded'), 'good\n');
  t.is(await leftovers(id), '');
  const result = await push(id, { ...step, monitorMs: patientMs, files: [file('/etc/a.conf', 'bad\n')] });
  t.like(result, { ok: false, undone: true }, JSON.stringify(result));
  t.is(await shell(id, 'cat /tmp/loaded /etc/a.conf'), 'good\ngood\n');
  t.is(await leftovers(id), '');
});

test('a process that its restart policy brings back on the new files gets the old ones', async (t) => {
  const id = await container({
    Cmd: ['sh', '-c', 'cp /etc/a.conf /tmp/loaded; exec sleep 1000'],
    HostConfig: { Init: true, RestartPolicy: { Name: 'always' } },
  });
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  const result = await push(id, {
    files: [file('/etc/a.conf', 'a2\n')],
    action: { kind: 'signal', signal: 'HUP' },
    monitorMs: patientMs,
    watchMs: patientMs,
  });
  t.like(result, { ok: false, undone: true }, JSON.stringify(result));
  t.is(await shell(id, 'cat /etc/a.conf /tmp/loaded'), 'a1\na1\n');
  t.is(await leftovers(id), '');
  t.is((await engine.inspectContainer(id))?.HostConfig.RestartPolicy?.Name, 'always');
});
