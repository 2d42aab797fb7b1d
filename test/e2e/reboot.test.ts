import { join } from 'node:path';
import test from 'ava';
import { Redis } from 'ioredis';
import { createWorld, type World } from '../support/world.ts';

/** Ends a SIGTERM with 0, as many programs do, and shows what it found when it started. */
const command = ['sh', '-c', "trap 'exit 0' TERM; cp /etc/page /tmp/found; while :; do sleep 0.1; done"];
const service = (restart: string) => ({
  image: 'busybox:latest',
  command,
  restart,
  configs: [{ source: 'page', target: '/etc/page' }],
  deploy: { update_config: { monitor: '1s' } },
});
const compose = {
  'x-windlass': { policy: 'mutable', variables: { word: 'one' } },
  configs: { page: { content: '{{word}}\n', template_driver: 'mustache' } },
  services: { once: service('no'), again: service('on-failure'), always: service('always') },
};
const names = ['again', 'always', 'once'].map((name) => `staging-box-${name}-1`);

const ids = async ({ engine }: World) => Promise.all(names.map(async (name) => (await engine.docker.getContainer(name).inspect()).Id));

test('after the machine was down everything runs as before, whatever its restart policy', async (t) => {
  const world = await createWorld();
  t.teardown(world.stop);
  await world.repository.write('windlass.yaml', JSON.stringify({ environments: { staging: { branch: 'main' } } }));
  await world.repository.write('apps/box/compose.yaml', JSON.stringify(compose));
  const first = await world.repository.commit('first');
  await world.repository.push();
  const before = await world.start('up');
  await world.api.ready();
  await world.api.deployed('staging', first);
  const made = await ids(world);

  await before.kill();
  const redis = new Redis(join(world.settings.WINDLASS_STATE_DIR ?? '', 'redis.sock'));
  redis.on('error', () => {});
  await redis.shutdown('NOSAVE').catch(() => {});
  redis.disconnect();
  await world.engine.restart(async () => {
    // Pushed while it was down.
    await world.repository.edit('apps/box/compose.yaml', (text) => text.replace('"one"', '"two"'));
    await world.repository.commit('second');
    await world.repository.push();
  });
  await world.start('up');
  await world.api.ready();
  const second = await world.repository.git('rev-parse', 'HEAD');
  await world.api.deployed('staging', second);
  t.deepEqual(await ids(world), made, 'they are the same containers');
  for (const name of names) t.is(await world.exec(name, 'cat', '/etc/page'), 'two\n', name);
  for (const name of names) t.regex(await world.exec(name, 'cat', '/tmp/found'), /^(one|two)\n$/, name);
});
