import test from 'ava';
import { commitOf, createWorld, refused } from './deploy-world.ts';

const hashOf = (content: string) => `sha256:${content.padEnd(64, '0')}`;
const heldBy = (world: ReturnType<typeof createWorld>) => world.record('by-hand')?.configs['/a.conf']?.installed;
/** A world in which `a` is deployed, and a stranger runs that refuses what the set names. */
async function withStranger(refuses = new Set<string>()) {
  const world = createWorld((step) => {
    const hash = step.kind === 'push-config' && step.name === 'by-hand' ? step.files[0]?.hash : undefined;
    return hash !== undefined && [...refuses].some((content) => hash === hashOf(commitOf(content))) ? refused : undefined;
  });
  world.push('a');
  await world.run();
  world.startByHand();
  return world;
}

test('a stranger that starts gets its files by a deployment of its own, and follows the next push', async (t) => {
  const world = await withStranger();
  t.deepEqual(await world.run('discovery'), ['push-config by-hand']);
  t.is(heldBy(world), hashOf(commitOf('a')));
  t.like(world.records().at(-1), { trigger: 'discovery', state: 'succeeded' });
  t.deepEqual(await world.run('discovery'), []);
  world.push('b');
  t.deepEqual(await world.run(), ['push-config staging-shop-web-1', 'push-config staging-shop-web-2', 'push-config by-hand']);
});

test('what a stranger refuses is deployed all the same, told once, and tried again after a pause', async (t) => {
  const world = await withStranger(new Set(['b']));
  await world.run('discovery');
  world.push('b');
  await world.run();
  t.deepEqual(world.installed(), ['b', 'b']);
  t.is(heldBy(world), hashOf(commitOf('a')));
  t.like(world.state(), { state: 'deployed', deployed: commitOf('b') });
  t.like(world.records().at(-1), { state: 'succeeded', message: `by-hand: ${refused.message}` });
  t.is(world.tries.failure('by-hand')?.message, `by-hand: ${refused.message}`);

  t.deepEqual(await world.run('discovery'), [], 'it rests');
  const told = world.records().length;
  world.wait(10_000);
  t.deepEqual(await world.run('discovery'), ['push-config by-hand failed']);
  world.wait(10_000);
  t.deepEqual(await world.run('discovery'), [], 'longer than before');
  t.is(world.records().length, told, 'nobody is told a second time');
  t.deepEqual(await world.run('manual'), ['push-config by-hand failed'], 'a person need not wait');
  t.like(world.records().at(-1), { trigger: 'manual', state: 'failed', message: `by-hand: ${refused.message}` }, 'and is told');

  world.push('c');
  t.deepEqual((await world.run()).at(-1), 'push-config by-hand', 'other files are tried at once');
  t.is(world.tries.failure('by-hand'), undefined);
});

test('a newer push that a stranger refuses in the same words is told, too', async (t) => {
  const world = await withStranger(new Set(['b', 'c']));
  await world.run('discovery');
  for (const commit of ['b', 'c']) {
    world.push(commit);
    await world.run();
    t.like(world.records().at(-1), { commit: commitOf(commit), message: `by-hand: ${refused.message}` });
  }
  t.deepEqual(await world.run('discovery'), [], 'it rests');
  world.wait(10_000);
  t.deepEqual(await world.run('discovery'), ['push-config by-hand failed'], 'no longer than the first time');
});

test('where all there was to do was for a stranger, and it refused, the deployment has failed and the application is deployed', async (t) => {
  const world = await withStranger(new Set(['a']));
  t.deepEqual(await world.run('discovery'), ['push-config by-hand failed']);
  t.like(world.records().at(-1), { state: 'failed', message: `by-hand: ${refused.message}` });
  t.like(world.state(), { state: 'deployed', deployed: commitOf('a'), message: '' });
});

test('a revision that replicas refuse never reaches a stranger', async (t) => {
  let bad = false;
  const world = createWorld((step) => (bad && step.kind === 'push-config' && step.name.endsWith('web-2') ? refused : undefined));
  world.push('a');
  await world.run();
  world.startByHand();
  await world.run('discovery');
  bad = true;
  world.push('b');
  t.false((await world.run()).includes('push-config by-hand'));
  t.is(heldBy(world), hashOf(commitOf('a')));
});

test('under a freeze a stranger gets what is deployed, and nothing newer', async (t) => {
  const world = await withStranger();
  world.freeze(true);
  world.push('b');
  t.deepEqual(await world.run(), ['push-config by-hand']);
  t.is(heldBy(world), hashOf(commitOf('a')));
});

test('what needs approval reaches a stranger with it, and one that comes meanwhile does not make it void', async (t) => {
  const world = await withStranger();
  world.requireApproval();
  world.push('b');
  t.deepEqual(await world.run(), ['push-config by-hand'], 'what is deployed');
  t.is(world.state()?.state, 'awaiting-approval');
  world.approve();
  world.startByHand({ id: 'other', name: 'other' });
  t.deepEqual(await world.run(), [
    'push-config staging-shop-web-1',
    'push-config staging-shop-web-2',
    'push-config by-hand',
    'push-config other',
  ]);
});

test('one whose agent goes away while it is pushed to is passed over and has not failed', async (t) => {
  const world = createWorld((step) => (step.name === 'by-hand' ? { code: 'host-lost', message: 'it is exited' } : undefined));
  world.push('a');
  await world.run();
  world.startByHand();
  t.deepEqual(await world.run('discovery'), ['push-config by-hand failed']);
  t.is(world.state()?.state, 'deployed');
  t.is(world.tries.failure('by-hand'), undefined);
});
