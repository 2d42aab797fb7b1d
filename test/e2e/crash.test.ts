import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { createWorld, siteRepository, type World } from '../support/world.ts';

const run = promisify(execFile);

/** Every place of both paths where the process may be killed; each is passed by the release below. */
const points = [
  'deploy:planned',
  'deploy:waved',
  'deploy:brought',
  'build:start',
  'build:done',
  'job:started',
  'job:exited',
  'recreate:created',
  'recreate:placed',
  'recreate:started',
  'recreate:ready',
  'recreate:stopped-old',
  'recreate:removed-old',
  'recreate:renamed',
  'remove:stopped',
  'remove:removed',
  'push:staged',
  'push:checked',
  'push:swapped',
  'push:acted',
  'push:verified',
];

/** One release that takes every way: a hot push, a build, a job, a replacement beside the old one and one that stops first. */
async function release(world: World, n: number): Promise<string> {
  await world.repository.edit('apps/site/compose.yaml', (text) => text.replace(/greeting: .*\}/, `greeting: hello ${n} }`));
  await world.repository.edit('apps/baked/compose.yaml', (text) => text.replace(/release: .*\}/, `release: "${n}" }`));
  await world.repository.write('images/page/index.html', `baked ${n}\n`);
  const commit = await world.repository.commit(`release ${n}`);
  await world.repository.push();
  return commit;
}

async function leftovers(world: World): Promise<readonly string[]> {
  const docker = async (...args: string[]) =>
    (await run('docker', ['-H', world.engine.dockerHost, ...args])).stdout.split('\n').filter(Boolean);
  const containers = await docker('ps', '-a', '--format', '{{.Names}} {{.State}}');
  const nameless = await docker('images', '--filter', 'dangling=true', '-q');
  const staged = await world.exec('staging-site-web-1', 'find', '/www', '/etc', '-name', '*windlass*');
  return [...containers.sort(), ...nameless.map((id) => `nameless image ${id}`), ...staged.split('\n').filter(Boolean)];
}

/** A push to the readers of what was recreated may still be under way. */
async function becomesQuiet(world: World): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (!(await world.api.history()).deployments.some(({ state }) => state === 'running' || state === 'queued')) return true;
    await sleep(100);
  }
  return false;
}

const expected = [
  'staging-baked-fixed-1 running',
  'staging-baked-migrate-1 exited',
  'staging-baked-web-1 running',
  'staging-baked-web-2 running',
  'staging-site-reader-1 running',
  'staging-site-web-1 running',
  'staging-site-web-2 running',
];

const shown = (world: World, container: string) => world.exec(container, 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/');

test('killed at any step and started again, windlass ends where Git asks, with nothing doubled and nothing left over', async (t) => {
  t.timeout(600_000);
  const world = await createWorld({ from: siteRepository });
  t.teardown(world.stop);
  let commit = await release(world, 0);
  let windlass = await world.up();
  await world.api.settled('staging', commit);

  for (const [i, point] of points.entries()) {
    const n = i + 1;
    await windlass.stop();
    windlass = await world.up({ WINDLASS_FAULT: point });
    await world.api.ready();
    commit = await release(world, n);
    t.is(await windlass.exited, 'SIGKILL', `${point} was not passed`);
    windlass = await world.up();
    const after = await world.api.settled('staging', commit, 90_000);
    t.is(after.state, 'deployed', `${point}: ${JSON.stringify(after.apps.map(({ message }) => message))}`);
    t.is(await shown(world, 'staging-site-web-1'), `hello ${n} from staging-site-web-1\n`, point);
    t.is(await shown(world, 'staging-site-web-2'), `hello ${n} from staging-site-web-2\n`, point);
    for (const name of ['web-1', 'web-2', 'fixed-1']) t.is(await shown(world, `staging-baked-${name}`), `baked ${n}\n`, point);
    t.deepEqual(await leftovers(world), expected, point);
    t.true(await becomesQuiet(world), `${point}: a deployment stays running`);
  }
});
