import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { hashesIn, hashOf, startBench, succeeded } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());
const { container, engine, file, installer, ledger, push, shell } = bench;

const needsFile = { Cmd: ['sh', '-c', 'grep good /etc/a.conf && sleep 600'], HostConfig: { RestartPolicy: { Name: 'always' } } };
const checked = { checks: [{ argv: ['grep', 'good', '{{staged}}'], sources: ['/etc/a.conf'] }] };
const started = async (id: string) => {
  const inspect = await engine.inspectContainer(id);
  if (inspect) await installer.noteStart(inspect);
};

test('one that is only made gets its files, checked, before it starts', async (t) => {
  const id = await container(needsFile, false);
  const bad = await push(id, { ...checked, stranger: 'stopped', files: [file('/etc/a.conf', 'bad\n')] });
  t.is(bad.error?.code, 'refused');
  t.is(await engine.statArchive(id, '/etc/a.conf'), undefined);
  succeeded(t, await push(id, { ...checked, stranger: 'stopped', files: [file('/etc/a.conf', 'good\n')] }));
  await engine.startContainer(id);
  t.is(await shell(id, 'cat /etc/a.conf'), 'good\n');
  t.true((await engine.inspectContainer(id))?.State.Running);
  t.is((await push(id, { stranger: 'stopped', files: [file('/etc/a.conf', 'good 2\n')] })).error?.code, 'host-lost', 'it runs by now');
});

test('one that restarts for want of its files comes up with them', async (t) => {
  const id = await container(needsFile);
  while (!(await engine.inspectContainer(id))?.State.Restarting) await sleep(20);
  const give = () => push(id, { ...checked, stranger: 'stopped', files: [file('/etc/a.conf', 'good\n')] });
  // A try may come between the look and the archive.
  let result = await give();
  while (!result.ok) {
    await sleep(100);
    result = await give();
  }
  while ((await engine.inspectContainer(id))?.State.Restarting) await sleep(20);
  t.is(await shell(id, 'cat /etc/a.conf'), 'good\n');
});

test('what is loaded at the next start is installed and not loaded until then', async (t) => {
  const id = await container();
  succeeded(
    t,
    await push(id, { stranger: 'running', files: [file('/etc/a.conf', 'a1\n'), file('/etc/b.conf', 'b1\n')], atStart: ['/etc/a.conf'] }),
  );
  const b = { installed: hashOf('b1\n'), loaded: hashOf('b1\n') };
  t.deepEqual(hashesIn(ledger.configs(id)), { '/etc/a.conf': { installed: hashOf('a1\n'), loaded: 'none' }, '/etc/b.conf': b });
  const again = await push(id, { stranger: 'running', files: [file('/etc/a.conf', 'a1\n')], atStart: ['/etc/a.conf'] });
  t.true(again.skipped);
  await engine.restartContainer(id, 0);
  await started(id);
  t.deepEqual(hashesIn(ledger.configs(id))['/etc/a.conf'], { installed: hashOf('a1\n'), loaded: hashOf('a1\n') });
});
