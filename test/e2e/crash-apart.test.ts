import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { WindlassProcess } from '../../playground/windlass-process.ts';
import { assertReleased, release } from '../support/release.ts';
import { createWorld, siteRepository, type World } from '../support/world.ts';

/** Where one of the two dies while the other lives on, and so acts on what it believes of the dead one. */
const deaths = {
  agent: ['build:start', 'recreate:stopped-old', 'push:staged', 'push:swapped'],
  controller: ['deploy:planned', 'deploy:waved'],
} as const;

/** Where the controller dies while the agent stands in a step that nobody waits for any more. */
const orphaned = ['recreate:placed', 'push:staged'] as const;

type Role = 'agent' | 'controller';

/** Controller and agent as two processes; the agent finds the Redis that the controller runs. */
function startRole(world: World, role: Role): Promise<WindlassProcess> {
  const redis = role === 'agent' ? { WINDLASS_REDIS_URL: `unix://${world.directory}/state/redis.sock` } : {};
  return world.start(role, { ...redis, WINDLASS_FAULT: `@${armed(world, role)}` });
}

/** The file that names the point where that role is to die. */
const armed = (world: World, role: Role) => join(world.directory, `fault-${role}`);

async function becomesDeployed(world: World): Promise<void> {
  for (let tries = 0; tries < 900; tries++) {
    if ((await world.api.status()).environments[0]?.state === 'deployed') return;
    await sleep(100);
  }
}

test('controller and agent outlive each other: whichever is killed, the other goes on with its successor', async (t) => {
  t.timeout(900_000);
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  const first = await release(world, 0);
  const controller = await startRole(world, 'controller');
  await world.api.ready();
  const processes = { controller, agent: await startRole(world, 'agent') };
  // Without a host the deployment is held, and goes on by itself once an agent is there.
  await becomesDeployed(world);
  await assertReleased(t, world, { n: 0, commit: first, point: 'the start' });

  let n = 0;
  const dies = async (role: Role, point: string, death: () => Promise<void>) => {
    n += 1;
    const commit = await release(world, n);
    await death();
    processes[role] = await startRole(world, role);
    await assertReleased(t, world, { n, commit, point: `${role} at ${point}` });
  };
  for (const role of ['agent', 'controller'] as const) {
    for (const point of deaths[role]) {
      await writeFile(armed(world, role), point);
      await dies(role, point, async () => {
        t.is(await processes[role].exited, 'SIGKILL', `${point} was not passed`);
        await rm(armed(world, role));
      });
    }
  }
  for (const point of orphaned) {
    await writeFile(armed(world, 'agent'), `halt@${point}`);
    await dies('controller', point, () =>
      processes.agent.halted(async () => {
        await rm(armed(world, 'agent'));
        await processes.controller.kill();
      }),
    );
  }
});
