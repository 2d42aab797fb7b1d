import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';
import type { Values } from './crash-changes.ts';
import type { World } from './world.ts';

/** What can be told of the containers from outside. */
export interface Look {
  /** Name and id of all of them. */
  readonly containers: readonly string[];
  /** The same with their start times. */
  readonly processes: readonly string[];
  /** Inode and time of each page, and what the program that reads it has noted so far. */
  readonly files: readonly string[];
  readonly notes: readonly (readonly string[])[];
}

const pages = ['staging-page-web-1', 'staging-page-web-2'];

export async function lookAt(world: World): Promise<Look> {
  const { docker } = world.engine;
  const listed = await docker.listContainers({ all: true });
  const containers = await Promise.all(listed.map(({ Id }) => docker.getContainer(Id).inspect()));
  const told = await Promise.all(pages.map((name) => world.exec(name, 'sh', '-c', 'stat -c "%i %Z" /etc/page; cat /tmp/notes')));
  const lines = told.map((text) => text.trimEnd().split('\n'));
  return {
    containers: containers.map(({ Name, Id }) => `${Name} ${Id}`).sort(),
    processes: containers.map(({ Name, Id, State }) => `${Name} ${Id} ${State.StartedAt}`).sort(),
    files: lines.map(([file = '']) => file),
    notes: lines.map(([, ...notes]) => notes),
  };
}

const containers = [
  'staging-baked-fixed-1 running',
  'staging-baked-migrate-1 exited',
  'staging-baked-web-1 running',
  'staging-page-list-1 running',
  'staging-page-web-1 running',
  'staging-page-web-2 running',
];

const statesOf = async ({ engine: { docker } }: World): Promise<readonly string[]> =>
  (await docker.listContainers({ all: true })).map(({ Names, State }) => `${Names.join().slice(1)} ${State}`).sort();

/** Whether all that should run does, and nothing else is there. */
export const isComplete = async (world: World): Promise<boolean> => isDeepStrictEqual(await statesOf(world), containers);

/** It is what serves, nothing is doubled, and nothing is left over: no container, nameless image or staged file. */
export async function assertServes(
  t: ExecutionContext,
  world: World,
  { word, banner, release, job }: Values,
  { scriptsLeft }: { readonly scriptsLeft: boolean },
): Promise<void> {
  const { docker } = world.engine;
  t.deepEqual(await statesOf(world), containers);
  t.deepEqual(await docker.listImages({ filters: { dangling: ['true'] } }), [], 'nameless images');
  for (const name of pages) t.is(await world.exec(name, 'sort', '-u', '/etc/page'), `${word}\n`, name);
  t.is(await world.exec('staging-page-list-1', 'cat', '/etc/banner'), `${banner}\n`);
  if (!scriptsLeft) for (const name of [...pages, 'staging-page-list-1']) t.is(await leftIn(world, name), '', `left in ${name}`);
  for (const name of ['web', 'fixed'])
    t.is(await world.exec(`staging-baked-${name}-1`, 'cat', '/www/index.html'), `baked ${release}\n`, name);
  const ran = await text(await docker.getContainer('staging-baked-migrate-1').getArchive({ path: '/ran' }));
  t.deepEqual(ran.match(/migrated to \S+/g) as unknown, [`migrated to ${release}-${job}`], 'the job ran once, to its end');
  const { NetworkSettings: settings } = await docker.getContainer('staging-baked-web-1').inspect();
  const [ip] = Object.values(settings.Networks).map(({ IPAddress }) => IPAddress);
  t.is(await world.exec('staging-page-list-1', 'cat', '/etc/members'), `staging-baked-web-1 ${ip}\n`);
}

/** Staged files that stay: a script whose agent has gone on cleans up at its own pace. */
async function leftIn(world: World, name: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const left = await world.exec(name, 'find', '/etc', '-name', '*windlass*');
    if (left === '' || tries === 50) return left;
    await sleep(200);
  }
}
