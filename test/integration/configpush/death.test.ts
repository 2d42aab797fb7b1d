import { execFileSync } from 'node:child_process';
import test from 'ava';
import { EngineError } from '../../../src/docker/errors.ts';
import { unheard } from '../../../src/model/step-progress.ts';
import { hashesIn, hashOf, startBench, stepOf, succeeded } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());
const { agent, container, dieWhilePushing, engine, file, installer, leftovers, push, shell } = bench;

const act = { action: { kind: 'exec', argv: ['sh', '-c', 'cat /etc/a.conf >>/tmp/acted'] } } as const;
const action = () => ({ action: { kind: 'exec' as const, argv: [...act.action.argv] } });

for (const [point, after] of [
  ['push:staged', 'a1'],
  ['push:checked', 'a1'],
  ['push:swapped', 'a2'],
  ['push:acted', 'a2'],
  ['push:verified', 'a2'],
] as const) {
  test(`an agent that dies at ${point} leaves ${after} whole, and the next push ends right`, async (t) => {
    const id = await container();
    const old = file('/etc/a.conf', 'a1\n');
    const wanted = file('/etc/a.conf', 'a2\n');
    succeeded(t, await push(id, { ...action(), files: [old] }, (await agent({ at: id })).installer));

    await dieWhilePushing(id, { ...action(), files: [wanted, file('/etc/more/b.conf', 'b1\n')] }, point);
    t.is(await shell(id, 'cat /etc/a.conf'), `${after}\n`);
    t.is(await leftovers(id), '');

    const { installer, ledger } = await agent({ at: id });
    succeeded(t, await push(id, { ...action(), files: [wanted] }, installer));
    t.is(await shell(id, 'cat /etc/a.conf; tail -n 1 /tmp/acted'), 'a2\na2\n');
    t.deepEqual(hashesIn(ledger.configs(id))['/etc/a.conf'], { installed: hashOf('a2\n'), loaded: hashOf('a2\n') });
    t.is(await leftovers(id), '');
  });

  test(`an agent that dies at ${point} is no reason to miss the way back`, async (t) => {
    const id = await container();
    const old = file('/etc/a.conf', 'a1\n');
    succeeded(t, await push(id, { ...action(), files: [old] }, (await agent({ at: id })).installer));
    await dieWhilePushing(id, { ...action(), files: [file('/etc/a.conf', 'a2\n')] }, point);

    const { installer, ledger } = await agent({ at: id });
    const done = { installed: hashOf('a1\n'), loaded: hashOf('a1\n') };
    if (after === 'a2') t.notDeepEqual(hashesIn(ledger.configs(id))['/etc/a.conf'], done);
    succeeded(t, await push(id, { ...action(), files: [old] }, installer));
    t.is(await shell(id, 'cat /etc/a.conf; tail -n 1 /tmp/acted'), 'a1\na1\n');
    t.deepEqual(hashesIn(ledger.configs(id))['/etc/a.conf'], done);
  });
}

for (const point of ['takeback:begun', 'takeback:restored', 'takeback:done']) {
  test(`an agent that dies at ${point} leaves an action that is due`, async (t) => {
    const id = await container();
    const old = file('/etc/a.conf', 'a1\n');
    const script = file('/act', 'cat /etc/a.conf >>/tmp/acted\n');
    const reaction = { action: { kind: 'script', name: 'act', hash: script.hash } } as const;
    succeeded(t, await push(id, { ...reaction, files: [old] }, (await agent({ at: id })).installer));
    const verify = { kind: 'exec' as const, argv: ['grep', '-q', 'a1', '/etc/a.conf'], withinMs: 1 };
    await dieWhilePushing(id, { ...reaction, files: [file('/etc/a.conf', 'a2\n')], verify: [verify] }, point);
    t.is(await shell(id, 'tail -n 1 /tmp/acted'), point === 'takeback:done' ? 'a1\n' : 'a2\n');

    const { installer, ledger } = await agent({ at: id });
    const done = { installed: hashOf('a1\n'), loaded: hashOf('a1\n') };
    t.notDeepEqual(hashesIn(ledger.configs(id))['/etc/a.conf'], done);
    succeeded(t, await push(id, { ...reaction, files: [old] }, installer));
    t.is(await shell(id, 'cat /etc/a.conf; tail -n 1 /tmp/acted'), 'a1\na1\n');
    t.deepEqual(hashesIn(ledger.configs(id))['/etc/a.conf'], done);
    t.is(await leftovers(id), '');
  });
}

test('an agent that dies once the ledger says that it is done leaves nothing behind, though a restart ended its script', async (t) => {
  const id = await container({ StopTimeout: 0 });
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }, (await agent({ at: id })).installer));
  const restarted = { action: { kind: 'restart' as const }, files: [file('/etc/a.conf', 'a2\n')] };
  await dieWhilePushing(id, restarted, 'push:recorded');
  t.is(await leftovers(id), '');
  const again = await push(id, restarted, (await agent({ at: id })).installer);
  t.true(again.skipped);
});

test('what killed scripts left is removed by the next push', async (t) => {
  const id = await container();
  const me = id.slice(0, 12);
  await shell(
    id,
    `cd /etc; touch .a.conf.windlass-old-${me}-7 .other.conf.windlass-new-${me}-123456 "/etc/.with space.windlass-new-${me}-99999"`,
  );
  await shell(id, 'touch /etc/.a.conf.windlass-new-another-7');
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  t.is(await leftovers(id), '/etc/.a.conf.windlass-new-another-7\n', "another container's, which has the folder mounted too");
  await shell(id, 'rm /etc/.a.conf.windlass-new-another-7');
  t.is(await leftovers(id), '');
});

test('what a push left in a container that ended right behind it is removed when that is seen to have been started', async (t) => {
  const id = await container();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  const fault = (point: string) => {
    if (point === 'push:recorded') execFileSync('docker', ['-H', bench.test.dockerHost, 'kill', id]);
  };
  const { installer, ledger } = await agent({ fault, at: id });
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a2\n')] }, installer));
  await bench.engine.startContainer(id);
  t.not(await leftovers(id), '');
  await installer.audit(id, { started: true });
  t.is(await leftovers(id), '');
  t.deepEqual(ledger.staged(id), []);
});

test('what a push left in a container that died in the middle of it is removed when that is seen to have been started', async (t) => {
  const id = await container();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  const dies = {
    ...unheard,
    held: async () => {
      await bench.test.docker.getContainer(id).kill();
      return 'release' as const;
    },
  };
  const changed = { files: [file('/etc/a.conf', 'a2\n')] };
  t.true((await installer.push(stepOf(id, changed), new AbortController().signal, dies)).released);
  await bench.engine.startContainer(id);
  t.not(await leftovers(id), '');
  // What an agent that was killed with it would find.
  const { installer: next } = await agent();
  const inspect = await bench.engine.inspectContainer(id);
  t.true(inspect !== undefined && (await next.noteStart(inspect)));
  await next.audit(id, { started: true });
  t.is(await leftovers(id), '');
  t.is(await shell(id, 'cat /etc/a.conf'), 'a1\n');
});

test('a script that was cut off at its check does not disturb the next push', async (t) => {
  const id = await container();
  const slow = {
    argv: ['sh', '-c', 'touch /tmp/checking; while [ ! -e /tmp/go ]; do sleep 0.2; done', '{{staged}}'],
    sources: ['/etc/a.conf'],
  };
  const dying = await agent({
    at: id,
    engine: {
      ...bench.engine,
      exec: async (...args) => {
        const session = await bench.engine.exec(...args);
        setTimeout(() => session.close(), 2000);
        return session;
      },
    },
  });
  const first = await push(id, { files: [file('/etc/a.conf', 'a1\n')], checks: [slow] }, dying.installer);
  t.is(first.error?.code, 'docker');
  const second = push(id, { files: [file('/etc/a.conf', 'a2\n')] });
  await shell(id, 'sleep 1; touch /tmp/go');
  succeeded(t, await second);
  t.is(await shell(id, 'cat /etc/a.conf'), 'a2\n');
  t.is(await leftovers(id), '');
});

test('a connection that is lost behind the swap is reported, and the next push finds out', async (t) => {
  const id = await container();
  succeeded(t, await push(id, { files: [file('/etc/a.conf', 'a1\n')] }));
  let cut = () => {};
  const cutting = await bench.agent({
    at: id,
    engine: {
      ...engine,
      exec: async (...args) => {
        const session = await engine.exec(...args);
        cut = session.close;
        return session;
      },
    },
    fault: (point) => point === 'push:swapped' && cut(),
  });
  const step = {
    files: [file('/etc/a.conf', 'a2\n')],
    action: { kind: 'exec' as const, argv: ['sh', '-c', 'until [ -e /tmp/go ]; do sleep 0.1; done; cat /etc/a.conf >>/tmp/acted'] },
  };
  const result = await push(id, step, cutting.installer);
  await shell(id, 'touch /tmp/go; until [ -e /tmp/acted ]; do sleep 0.1; done');
  t.is(result.error?.code, 'docker');
  t.regex(result.error?.message ?? '', /the next run finds out/);
  t.false(result.undone);
  const next = await bench.agent({ at: id });
  succeeded(t, await push(id, step, next.installer));
  t.is(await shell(id, 'cat /etc/a.conf; tail -n 1 /tmp/acted'), 'a2\na2\n');
  t.true((await push(id, step, next.installer)).skipped);
  t.is(await leftovers(id), '');
});

test('an engine that goes away while a program verifies has said nothing against the files', async (t) => {
  const id = await container();
  const away = await bench.agent({
    at: id,
    engine: {
      ...engine,
      exec: async (name, options) => {
        if (options.argv.includes('verified')) throw new EngineError('run it: the Docker engine does not answer');
        return engine.exec(name, options);
      },
    },
  });
  const step = { files: [file('/etc/a.conf', 'a1\n')], verify: [{ kind: 'exec' as const, argv: ['echo', 'verified'], withinMs: 1 }] };
  const result = await push(id, step, away.installer);
  t.is(result.error?.code, 'docker');
  t.false(result.undone);
  t.is(await shell(id, 'cat /etc/a.conf'), 'a1\n', 'nothing is taken back');
  t.is(await leftovers(id), '');
  t.falsy((await push(id, step, (await bench.agent({ at: id })).installer)).skipped, 'the next one verifies');
});
