import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import type { World } from './world.ts';

const run = promisify(execFile);

/** One release of the site that takes every way: a hot push, a build, a job, a replacement beside the old one and one that stops first. */
export async function release(world: World, n: number): Promise<string> {
  await world.repository.edit('apps/site/compose.yaml', (text) => text.replace(/greeting: .*\}/, `greeting: hello ${n} }`));
  await world.repository.edit('apps/baked/compose.yaml', (text) => text.replace(/release: .*\}/, `release: "${n}" }`));
  await world.repository.write('images/page/index.html', `baked ${n}\n`);
  const commit = await world.repository.commit(`release ${n}`);
  await world.repository.push();
  return commit;
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

/** The release is what serves, nothing is doubled, and nothing is left over: no container, nameless image or staged file. */
export async function assertReleased(
  t: ExecutionContext,
  world: World,
  { n, commit, point }: { n: number; commit: string; point: string },
): Promise<void> {
  await world.api.deployed('staging', commit, 90_000).catch((error: unknown) => t.fail(`${point}: ${error}`));
  for (const i of [1, 2]) t.is(await served(world, `staging-site-web-${i}`), `hello ${n} from staging-site-web-${i}\n`, point);
  for (const name of ['web-1', 'web-2', 'fixed-1']) t.is(await served(world, `staging-baked-${name}`), `baked ${n}\n`, point);
  t.deepEqual(await found(world), expected, point);
  t.true(await becomesQuiet(world), `${point}: a deployment stays running`);
}

const served = (world: World, container: string) => world.exec(container, 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/');

async function found(world: World): Promise<readonly string[]> {
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
