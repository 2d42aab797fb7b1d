import test from 'ava';
import type { RemoveContainerStep, RunJobStep } from '../../../src/model/step.ts';
import { aContainer } from '../../containers/a-container.ts';
import { createWorld, signal, type World } from './world.ts';

let world: World;
test.before(async () => {
  world = await createWorld();
});
test.after.always(() => world?.test.stop());

const noTmpfs = { tmpfsSizeBytes: undefined, tmpfsMode: undefined };
const serving = { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'] };

async function running(name: string, spec: Parameters<typeof aContainer>[0] = {}): Promise<string> {
  const result = await world.agent().recreate(world.step('create', name, aContainer({ spec: serving, ...spec })), signal);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return (await world.inspect(name))?.Id ?? '';
}

const removal = (name: string, over: Partial<RemoveContainerStep>): RemoveContainerStep => ({
  kind: 'remove-container',
  name,
  host: 'host-1',
  reason: 'test',
  remove: [],
  drainMs: 0,
  ...over,
});

const job = (name: string, container: RunJobStep['container'], previous: string[] = []): RunJobStep => ({
  kind: 'run-job',
  name,
  host: 'host-1',
  reason: 'test',
  container,
  previous,
});

const volumes = async () => (await world.test.docker.listVolumes()).Volumes.map(({ Name }) => Name);

test('removal: the container and its anonymous volumes go, named ones stay, and its files are forgotten', async (t) => {
  const mounts = [
    { type: 'volume', source: 'keep', target: '/keep', readOnly: false, ...noTmpfs },
    { type: 'volume', source: undefined, target: '/scratch', readOnly: false, ...noTmpfs },
  ] as const;
  const id = await running('volumes-1', { spec: { ...serving, mounts }, files: [world.file('/etc/x', 'x')] });
  const anonymous = (await world.inspect(id))?.Mounts.find(({ Destination }) => Destination === '/scratch')?.Name ?? '';
  t.true((await volumes()).includes(anonymous));

  t.like(await world.agent().remove(removal('volumes-1', { remove: [id] }), signal), { ok: true });
  t.is(await world.inspect(id), undefined);
  t.false((await volumes()).includes(anonymous));
  t.true((await volumes()).includes('keep'));
  t.deepEqual(world.ledger.configs(id), {});
  t.false(world.ledger.ready(id));
});

test('removal: it is drained before it stops, and stopped with its own signal', async (t) => {
  const command = ['sh', '-c', 'trap "echo quit > /out/how; exit" QUIT; echo up > /out/how; while :; do sleep 0.1; done'];
  const mounts = [{ type: 'volume', source: 'how', target: '/out', readOnly: false, ...noTmpfs }] as const;
  const id = await running('drained-1', { spec: { command, mounts, stopSignal: 'SIGQUIT' } });
  await running('reader-1', { spec: { ...serving, mounts } });
  const done = world.agent().remove(removal('drained-1', { remove: [id], drainMs: 700 }), signal);
  t.is(await world.read('reader-1', 'cat', '/out/how'), 'up');
  t.like(await done, { ok: true });
  t.is(await world.read('reader-1', 'cat', '/out/how'), 'quit');
});

test('removal: gone already is well, and nothing was to do', async (t) => {
  t.like(await world.agent().remove(removal('gone-1', { remove: ['f'.repeat(64)], drainMs: 60_000 }), signal), { ok: true, skipped: true });
});

test('removal: one that windlass did not make is left alone, and so is everything beside it', async (t) => {
  const ours = await running('beside-1');
  const theirs = await world.engine.createContainer({ name: 'theirs-1', Image: 'busybox:latest', Labels: { 'windlass.app': 'shop' } });
  const result = await world.agent().remove(removal('theirs-1', { remove: [ours, theirs] }), signal);
  t.like(result, { ok: false, error: { code: 'docker' } });
  t.true((await world.inspect(ours))?.State.Running);
  t.not(await world.inspect(theirs), undefined);
});

test('removal: the successor has the name afterwards', async (t) => {
  const old = await running('heir-1');
  const heir = await running('heir-1.next');
  await world.agent().remove(removal('heir-1', { remove: [old], rename: { container: 'heir-1.next', to: 'heir-1' } }), signal);
  t.is((await world.inspect('heir-1'))?.Id, heir);
});

test('removal: nothing goes for a successor that has failed since the plan', async (t) => {
  const old = await running('failed-1');
  const heir = await running('failed-1.next');
  const step = removal('failed-1', { remove: [old], drainMs: 300, rename: { container: heir, to: 'failed-1' } });
  const duringTheDrain = world.agent().remove(step, signal);
  await world.engine.stopContainer(heir, 0);
  t.like(await duringTheDrain, { ok: false, error: { code: 'health' } });
  const result = await world.agent().remove({ ...step, drainMs: 60_000 }, signal);
  t.is(result.error?.message, 'failed-1 is kept, for what was to replace it is exited; deploy again');
  t.true((await world.inspect(old))?.State.Running);
});

test('removal: a successor that is gone is said to be', async (t) => {
  const rename = { container: 'f'.repeat(64), to: 'lost-1' };
  const result = await world.agent().remove(removal('lost-1', { rename }), signal);
  t.regex(result.error?.message ?? '', /is gone, which was to become lost-1/);
});

test('removal: a run that was taken over while it drained stops nothing', async (t) => {
  const id = await running('fenced-1');
  const controller = new AbortController();
  const run = world.agent().remove(removal('fenced-1', { remove: [id], drainMs: 60_000 }), controller.signal);
  const reason = new Error('taken over');
  setImmediate(() => controller.abort(reason));
  t.is(await t.throwsAsync(run), reason);
  t.true((await world.inspect(id))?.State.Running);
});

test('job: runs with its files to its end and stays as the record', async (t) => {
  const container = aContainer({
    spec: { command: ['sh', '-c', 'grep -q hello /etc/job.conf'] },
    files: [world.file('/etc/job.conf', 'hello')],
  });
  t.like(await world.agent().runJob(job('job-1', container), signal), { ok: true });
  t.like(await world.inspect('job-1'), { State: { Status: 'exited', ExitCode: 0 } });
});

test('job: one that fails says so with its last lines, stays, and gives way to the next run', async (t) => {
  const failing = aContainer({ spec: { command: ['sh', '-c', 'echo no such table; exit 4'] } });
  const result = await world.agent().runJob(job('failing-1', failing), signal);
  t.like(result, { ok: false, error: { code: 'health', message: 'job failing-1 exited with 4', output: 'no such table' } });
  const previous = (await world.inspect('failing-1'))?.Id ?? '';
  const fixed = aContainer({ spec: { command: ['true'] } });
  t.like(await world.agent().runJob(job('failing-1', fixed, [previous]), signal), { ok: true });
  t.is(await world.inspect(previous), undefined);
});

test('job: a failed check leaves the record of the run before', async (t) => {
  await world.agent().runJob(job('record-1', aContainer({ spec: { command: ['true'] } })), signal);
  const previous = (await world.inspect('record-1'))?.Id ?? '';
  const container = aContainer({ version: 'two', spec: { command: ['true'] }, checks: [['false']] });
  t.like(await world.agent().runJob(job('record-1', container, [previous]), signal), { ok: false, error: { code: 'refused' } });
  t.is((await world.inspect('record-1'))?.Id, previous);
});

test('job: an image’s or declaration’s policy to restart always does not make it run for ever', async (t) => {
  const container = aContainer({ spec: { command: ['true'], restart: 'always' } });
  t.like(await world.agent().runJob(job('ends-1', container), signal), { ok: true });
  t.like(await world.inspect('ends-1'), { State: { Running: false }, RestartCount: 0 });
});

test('job: on-failure tries again before it counts as failed', async (t) => {
  const mounts = [{ type: 'volume', source: 'tries', target: '/data', readOnly: false, ...noTmpfs }] as const;
  const command = ['sh', '-c', 'echo x >> /data/tries; test $(wc -l < /data/tries) -ge 3'];
  const container = aContainer({ spec: { command, mounts, restart: 'on-failure:5' } });
  t.like(await world.agent().runJob(job('tries-1', container), signal), { ok: true });
  t.like(await world.inspect('tries-1'), { RestartCount: 2, State: { ExitCode: 0 } });
});

test('job: a foreign container of that name is not touched', async (t) => {
  const id = await world.engine.createContainer({ name: 'foreign-job', Image: 'busybox:latest' });
  const result = await world.agent().runJob(job('foreign-job', aContainer({ spec: { command: ['true'] } })), signal);
  t.regex(result.error?.message ?? '', /foreign-job that windlass did not make/);
  t.is((await world.inspect('foreign-job'))?.Id, id);
});
