import test from 'ava';
import type { Service } from '../../src/model/application.ts';
import { commitOf, createWorld } from './deploy-world.ts';

async function onTwoHosts(onLostHost?: 'skip', web: Partial<Service> = {}) {
  const world = createWorld(undefined, { web: { replicas: 2, ...web }, ...(onLostHost ? { onLostHost } : {}) });
  world.join('two');
  world.push('a');
  await world.run();
  world.push('b');
  return world;
}

test('a deployment touches nobody while a host that it concerns is lost, and goes on when it is back', async (t) => {
  const world = await onTwoHosts();
  world.lose('two');
  t.deepEqual(await world.run(), []);
  t.like(world.state(), { state: 'held', deployed: commitOf('a'), message: 'waiting for two: its agent does not answer' });
  t.is(world.records().length, 1, 'what has not begun is not in the history');
  world.join('two');
  await world.run('discovery');
  t.deepEqual(world.installed(), ['b', 'b']);
});

test('what is deployed is kept in line while a deployment waits for a host', async (t) => {
  const world = await onTwoHosts();
  world.lose('two');
  await world.run();
  world.stop('staging-shop-web-1');
  t.deepEqual(await world.run('discovery'), ['recreate-container staging-shop-web-1']);
  t.deepEqual(world.installed(), ['a', 'a']);
  t.like(world.state(), { state: 'held', message: 'waiting for two: its agent does not answer' });
});

test('where lost hosts are skipped it goes on without, says so, and makes up for it later', async (t) => {
  const world = await onTwoHosts('skip');
  world.lose('two');
  t.deepEqual(await world.run(), ['push-config staging-shop-web-1']);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('b'), message: 'without two, which is lost and follows when back' });
  t.deepEqual(await world.run('discovery'), [], 'nothing is left to do');
  world.join('two');
  t.deepEqual(await world.run('discovery'), ['push-config staging-shop-web-2']);
  t.like(world.state(), { state: 'deployed', message: '' });
});

test('an agent that does not answer, though its host is not lost yet, keeps everybody from being touched', async (t) => {
  const world = await onTwoHosts();
  world.silence('two');
  let looks = 0;
  const patient = world.context.inventoryChange;
  Object.assign(world.context, {
    inventoryChange: async (ms: number, signal: AbortSignal) => {
      if (++looks === 3) world.lose('two');
      return patient(ms, signal);
    },
  });
  t.deepEqual(await world.run(), []);
  t.is(looks, 3);
  t.like(world.state(), { state: 'held', deployed: commitOf('a') });
});

test('a canary is on a host that is there', async (t) => {
  const canary = { containers: { count: 1 }, pauseMs: 'manual' } as const;
  const world = createWorld(undefined, { web: { replicas: 3, canary }, onLostHost: 'skip' });
  world.join('two');
  world.push('a');
  await world.run();
  world.push('b');
  world.lose('one');
  t.deepEqual(await world.run(), ['push-config staging-shop-web-2'], 'what is alone on its host has nobody to wait for it');
  world.join('one');
  await world.run('discovery');
  t.deepEqual(world.installed(), ['b', 'b', 'b']);
});

for (const onLostHost of ['skip', undefined] as const)
  test(`a host that was away while what is always pulled was asked for is asked when it is back, once (${onLostHost ?? 'held'})`, async (t) => {
    const world = await onTwoHosts(onLostHost, { image: { kind: 'external', reference: 'acme/web:1' }, pullPolicy: 'always' });
    world.lose('two');
    t.is((await world.run())[0], 'pull acme/web:1 on one');
    t.false((await world.run('discovery')).some((done) => done.startsWith('pull')));
    world.join('two');
    const back = await world.run('discovery');
    t.deepEqual(
      back.filter((done) => done.startsWith('pull')),
      ['pull acme/web:1 on two'],
    );
    t.is(back[0], 'pull acme/web:1 on two', 'before anything else');
    t.false((await world.run('discovery')).some((done) => done.startsWith('pull')));
    t.deepEqual(world.installed(), ['b', 'b']);
  });

test('where nobody is there who could say which images are built, somebody is waited for', async (t) => {
  const images = [
    {
      name: 'web',
      tag: 'latest',
      source: 'config',
      context: '',
      dockerfile: 'Dockerfile',
      args: {},
      target: undefined,
      network: undefined,
      commit: commitOf('a'),
      inputs: 'd'.repeat(64),
      parents: [],
      rewrittenDockerfile: 'FROM scratch',
    },
  ];
  const world = createWorld(undefined, { images });
  world.push('a');
  t.true((await world.run()).includes('build-image web:latest'));
  world.lose('one');
  t.deepEqual(await world.run('poll'), []);
  t.like(world.state(), { state: 'held', message: 'waiting for a host that can build: no agent answers to build-image web:latest' });
  t.is(world.records().length, 1, 'what has not begun is not in the history');
  world.join('one');
  t.deepEqual(await world.run('discovery'), []);
  t.like(world.state(), { state: 'deployed', deployed: commitOf('a') });
});
