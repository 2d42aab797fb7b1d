import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Redis } from 'ioredis';
import { assertReleased, release } from '../support/release.ts';
import { createWorld, siteRepository, type World } from '../support/world.ts';

const killRedis = async ({ directory }: World): Promise<void> => {
  const redis = new Redis(join(directory, 'state', 'redis.sock'));
  redis.on('error', () => {});
  const [, pid] = /^process_id:(\d+)/m.exec(await redis.info('server')) ?? [];
  redis.disconnect();
  process.kill(Number(pid), 'SIGKILL');
};
const killEngine = ({ engine }: World) => engine.crash({ liveRestore: false });

/** Each in every kind of step, and Redis between two waves; what each point leaves behind is crash.test.ts's. */
const deaths = [
  ['Redis', killRedis, ['deploy:waved', 'build:done', 'recreate:placed', 'remove:stopped', 'push:swapped']],
  ['the engine', killEngine, ['build:start', 'job:started', 'recreate:placed', 'remove:stopped', 'push:staged', 'push:swapped']],
] as const;

test('Redis or the engine killed at any step: windlass waits for it, goes on, and ends where Git asks', async (t) => {
  t.timeout(900_000);
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  // A killed Docker 20.10 may hold a dead container's published port for good.
  await world.repository.edit('apps/baked/compose.yaml', (text) => text.replace('    ports: ["8081:8080"]\n', ''));
  const first = await release(world, 0);
  const armed = join(world.directory, 'fault');
  const windlass = await world.start('up', { WINDLASS_FAULT: `@${armed}` });
  await assertReleased(t, world, { n: 0, commit: first, point: 'the start' });

  let n = 0;
  const dies = async (point: string, death: () => Promise<void>, push: (n: number) => Promise<string>) => {
    n += 1;
    await writeFile(armed, `halt@${point}`);
    const commit = await push(n);
    await windlass.halted(async () => {
      await rm(armed);
      await death();
    });
    return commit;
  };
  for (const [victim, kill, points] of deaths) {
    for (const point of points) {
      const commit = await dies(
        point,
        () => kill(world),
        () => release(world, n),
      );
      await assertReleased(t, world, { n, commit, point: `${victim} at ${point}` });
    }
  }

  // Containers that outlive their engine. Nothing is recreated here: Docker 20.10 does not give up the published ports of such a one.
  const before = await identities(world);
  const last = await dies(
    'push:swapped',
    () => world.engine.crash({ liveRestore: true }),
    async () => {
      await world.repository.edit('apps/site/compose.yaml', (text) => text.replace(/greeting: .*\}/, 'greeting: hello at last }'));
      const commit = await world.repository.commit('a hot push alone');
      await world.repository.push();
      return commit;
    },
  );
  t.is((await world.api.settled('staging', last, 90_000)).state, 'deployed');
  t.is(await world.exec('staging-site-web-1', 'cat', '/www/index.html'), 'hello at last from staging-site-web-1\n');
  t.deepEqual(await identities(world), before);
});

/** Ids and start times of what runs. */
async function identities({ engine }: World): Promise<readonly string[]> {
  const running = await engine.docker.listContainers();
  const found = await Promise.all(running.map(({ Id }) => engine.docker.getContainer(Id).inspect()));
  return found.map(({ Name, Id, State }) => `${Name} ${Id} ${State.StartedAt}`).sort();
}
