import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { World } from './world.ts';

/** What lists `site`'s containers follows what others do, and so do strangers of it: a start by hand, a storm of events, a crash; and stays as it is under a guard. */
export async function comingAndGoing(t: ExecutionContext, world: World): Promise<void> {
  await world.repository.edit('apps/site/compose.yaml', (text) =>
    text.replace('on_config_change: { action: none }', 'on_config_change: { action: none }\n      guard: { maximum_shrink: 50% }'),
  );
  const commit = await world.repository.commit('guarded');
  await world.repository.push();
  await world.api.deployed('staging', commit);
  const { docker } = world.engine;
  const members = () => world.exec('staging-site-reader-1', 'cat', '/etc/members');
  const listing = async (is: (text: string) => boolean) => {
    while (!is(await members())) await sleep(50);
  };

  const labels = { 'windlass.environment': 'staging', 'windlass.app': 'site', 'windlass.service': 'web' };
  const stranger = await docker.createContainer({ name: 'by-hand', Image: 'busybox:latest', Cmd: ['sleep', '600'], Labels: labels });
  await stranger.start();
  await listing((text) => text.includes('by-hand '));
  const reader = { ...labels, 'windlass.service': 'reader' };
  const byHand = await docker.createContainer({ name: 'reader-by-hand', Image: 'busybox:latest', Cmd: ['sleep', '600'], Labels: reader });
  await byHand.start();
  const given = async () => world.exec('reader-by-hand', 'cat', '/etc/members').catch(() => '');
  while (!(await given()).includes('by-hand ')) await sleep(100);
  await byHand.remove({ force: true });
  await quiet(world);
  const before = await pushesInto(world, 'staging-site-reader-1');
  const began = Date.now();
  for (let n = 1; n <= 200; n++) await stranger.rename({ name: `by-hand-${n}` });
  await listing((text) => text.includes('by-hand-200 '));
  await quiet(world);
  const pushes = (await pushesInto(world, 'staging-site-reader-1')) - before;
  // A machine that stands still for a second makes two storms of one.
  t.true(pushes <= Math.max(2, (Date.now() - began) / 1000), `${pushes} pushes for 200 events`);
  await docker.getContainer('staging-site-web-2').kill();
  await listing((text) => !text.includes('staging-site-web-2 '));
  await listing((text) => text.includes('staging-site-web-2 '));
  await stranger.remove({ force: true });
  await listing((text) => !text.includes('by-hand'));

  const good = await members();
  const webs = ['staging-site-web-1', 'staging-site-web-2'].map((name) => docker.getContainer(name));
  for (const web of webs) await web.pause();
  const held = async () => (await world.api.status()).environments[0]?.apps.find(({ name }) => name === 'site')?.message ?? '';
  while (!(await held()).includes('guard')) await sleep(50);
  t.regex(
    await held(),
    /members of staging-site-reader-1 stays as it is: guard maximum_shrink: 50%: services.web.containers would go from 2/,
  );
  for (const web of webs) await web.unpause();
  await world.api.deployed('staging', commit);
  t.is(await members(), good);
}

async function pushesInto(world: World, container: string): Promise<number> {
  const { deployments } = await world.api.history();
  return deployments.flatMap(({ steps }) => steps).filter(({ kind, name }) => kind === 'push-config' && name === container).length;
}

async function quiet(world: World): Promise<void> {
  while ((await world.api.history()).deployments.some(({ state }) => state === 'running' || state === 'queued')) await sleep(100);
}
