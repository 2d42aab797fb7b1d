import test from 'ava';
import type { RemoveContainerStep } from '../../../src/model/step.ts';
import { aContainer } from '../../containers/a-container.ts';
import { aNew, anOld, serving } from './versions.ts';
import { createWorld, signal, type World } from './world.ts';

let world: World;
test.before(async () => {
  world = await createWorld();
});
test.after.always(() => world?.test.stop());

/** A service whose folder /data is a volume. */
const onVolume = (source: string) => ({
  spec: {
    ...serving,
    mounts: [{ type: 'volume' as const, source, target: '/data', readOnly: false, tmpfsSizeBytes: undefined, tmpfsMode: undefined }],
  },
});
const knownOf = async (name: string) => Object.keys(world.ledger.configs((await world.inspect(name))?.Id ?? '')).sort();

test('a file that is declared no more stays known of the successor where it lies on a volume that both have', async (t) => {
  const files = ['/data/a.conf', '/data/b.conf', '/etc/b.conf'].map((target) => world.file(target, 'one'));
  const old = await anOld(world, 'kept-1', { ...onVolume('kept'), files });
  const successor = aNew(world, { ...onVolume('kept'), files: [world.file('/data/a.conf', 'two')] });
  t.like(await world.agent().recreate(world.step('stop-first', 'kept-1', successor, old), signal), { ok: true });
  t.deepEqual(await knownOf('kept-1'), ['/data/a.conf', '/data/b.conf']);
  t.is(await world.read('kept-1', 'cat', '/data/a.conf', '/data/b.conf'), 'twoone');
});

test('what the new one does not mount at the same place is none of its files', async (t) => {
  const old = await anOld(world, 'other-1', { ...onVolume('here'), files: [world.file('/data/a.conf', 'one')] });
  const successor = aNew(world, { ...onVolume('elsewhere'), files: [] });
  await world.agent().recreate(world.step('stop-first', 'other-1', successor, old), signal);
  t.deepEqual(await knownOf('other-1'), []);
});

test('a candidate that takes over knows what its predecessor leaves on their volume', async (t) => {
  const files = [world.file('/data/a.conf', 'one'), world.file('/data/b.conf', 'one')];
  const old = await anOld(world, 'over-1', { ...onVolume('over'), files });
  const successor = aNew(world, { ...onVolume('over'), files: [world.file('/data/a.conf', 'two')] });
  await world.agent().recreate(world.step('start-first', 'over-1', successor, old), signal);
  const rename = { container: (await world.inspect('over-1.next'))?.Id ?? '', to: 'over-1' };
  const step: RemoveContainerStep = { kind: 'remove-container', name: 'over-1', host: 'h', reason: '', remove: [old], drainMs: 0, rename };
  t.like(await world.agent().remove(step, signal), { ok: true });
  t.deepEqual(await knownOf('over-1'), ['/data/a.conf', '/data/b.conf']);
});

test('networks that windlass made go once no container has them, stopped ones included; others stay', async (t) => {
  const attached = (name: string) =>
    aContainer({
      spec: { ...serving, networks: [{ name, aliases: [] }] },
      networks: [{ name, internal: false, labels: {}, external: false }],
    });
  const names = async () =>
    (await world.engine.listNetworks([]))
      .map(({ Name }) => Name)
      .filter((name) => name.endsWith('-net'))
      .sort();
  await world.engine.createNetwork({ Name: 'foreign-net', CheckDuplicate: true });
  const agent = world.agent();
  for (const name of ['used', 'stopped', 'left', 'lost'])
    await agent.recreate(world.step('create', `${name}-1`, attached(`${name}-net`)), signal);
  await world.engine.stopContainer('stopped-1');
  for (const name of ['left-1', 'lost-1']) await world.engine.removeContainer(name, { force: true });
  const dying = world.agent({
    fault: (point) => {
      throw new Error(`died at ${point}`);
    },
  });
  await t.throwsAsync(dying.sweepNetworks(), { message: 'died at prune:network' });
  t.is((await names()).length, 4, 'it got no further than one');
  await agent.sweepNetworks();
  t.deepEqual(await names(), ['foreign-net', 'stopped-net', 'used-net']);

  // A step that is between its network and its container holds the network.
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ensureImage = async () => {
    await held;
    return (await world.engine.inspectImage('busybox:latest'))?.Id ?? '';
  };
  const waiting = world.agent({ ensureImage });
  const creating = waiting.recreate(world.step('create', 'left-1', attached('left-net')), signal);
  await world.engine.createNetwork({ Name: 'left-net', CheckDuplicate: true, Labels: { 'windlass.environment': 'staging' } });
  await waiting.sweepNetworks();
  t.true((await names()).includes('left-net'));
  release();
  t.like(await creating, { ok: true });
});

test('a network that is declared otherwise by now is made anew when no container has it, and not before', async (t) => {
  const declared = (internal: boolean) =>
    aContainer({
      spec: { ...serving, networks: [{ name: 'changed', aliases: [] }] },
      networks: [{ name: 'changed', internal, labels: { 'windlass.declared': `${internal}` }, external: false }],
    });
  const isInternal = async () => (await world.engine.inspectNetwork('changed'))?.Internal;
  const agent = world.agent();
  await agent.recreate(world.step('create', 'changed-1', declared(false)), signal);
  t.like(await agent.recreate(world.step('create', 'changed-2', declared(true)), signal), { ok: true });
  t.false(await isInternal(), 'the first one still has it');
  for (const name of ['changed-1', 'changed-2']) await world.engine.removeContainer(name, { force: true });
  t.like(await agent.recreate(world.step('create', 'changed-1', declared(true)), signal), { ok: true });
  t.true(await isInternal());
});
