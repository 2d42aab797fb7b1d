import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { DeploymentRecord } from '../../src/model/deployment.ts';
import type { EnvironmentStatus } from '../../src/model/status-documents.ts';
import type { Kind, Victim } from './crash-points.ts';
import type { World } from './world.ts';

/** The applications of test/fixtures/crash as they are to be after a release. */
interface Expected {
  /** What each line of the page says. */
  readonly word: string;
  readonly baked: number;
}

/** What a release of a kind changes, and what is to serve after it. */
const changes: Record<Kind, (before: Expected, n: number) => { readonly pushed: Partial<Expected>; readonly after: Expected }> = {
  'hot-pushed': (before, n) => ({ pushed: { word: `good-${n}` }, after: { ...before, word: `good-${n}` } }),
  rebuilt: (before, n) => ({ pushed: { baked: n }, after: { ...before, baked: n } }),
  refused: (before, n) => ({ pushed: { word: `refuse-${n}` }, after: before }),
  'rolled back': (before, n) => ({ pushed: { word: `break-${n}` }, after: before }),
};

/** Makes releases of the site, and says what is true after each. */
export interface Site {
  /** Commits and pushes a release; what looks whether it ended as it should, whoever has died meanwhile. */
  release(kind: Kind): Promise<{ ended(t: ExecutionContext, dead: readonly Victim[]): Promise<void> }>;
}

const pages = ['staging-page-web-1', 'staging-page-web-2'];

export function createSite(world: World): Site {
  let expected: Expected = { word: 'good-0', baked: 0 };
  let n = 0;
  let seen: Look | undefined;
  let scriptsLeft = false;
  return {
    release: async (kind) => {
      n += 1;
      const { pushed, after } = changes[kind](expected, n);
      const before = seen ?? (await lookAt(world));
      const commit = await push(world, pushed, `${kind} ${n}`);
      return {
        ended: async (t, dead) => {
          // A script in a container that outlived its engine waits for a word until its own deadline.
          scriptsLeft ||= dead.includes('the engine alone');
          [expected, seen] = [after, undefined];
          const status = await world.api.outcome('staging', commit);
          await becomesQuiet(t, world);
          await assertServes(t, world, after, { scriptsLeft });
          const now = await lookAt(world);
          const noted = now.notes.map((notes, at) => notes.slice(before.notes[at]?.length));
          t.log(noted.map((notes) => notes.join(', ')).join(' | '));
          for (const note of noted.flat()) t.regex(note, /^(started|signalled|read (good|break)-\d+)$/, 'never torn, never refused');
          if (kind !== 'rebuilt' && !dead.includes('the engine'))
            t.deepEqual(now.containers, before.containers, 'the same containers, never stopped');
          await assertEnded[kind](t, { status, deployment: await deploymentOf(world, commit), before, now, noted });
          seen = now;
        },
      };
    },
  };
}

async function push({ repository }: World, { word, baked }: Partial<Expected>, message: string): Promise<string> {
  if (word !== undefined) await repository.edit('apps/page/compose.yaml', (text) => text.replace(/word: .* \}/, `word: ${word} }`));
  if (baked !== undefined) {
    await repository.edit('apps/baked/compose.yaml', (text) => text.replace(/release: ".*"/, `release: "${baked}"`));
    await repository.write('images/page/index.html', `baked ${baked}\n`);
  }
  const commit = await repository.commit(message);
  await repository.push();
  return commit;
}

/** What can be told of the containers from outside. */
interface Look {
  /** Name, id and start time of all of them. */
  readonly containers: readonly string[];
  /** Inode and time of each page, and what the program that reads it has noted so far. */
  readonly files: readonly string[];
  readonly notes: readonly (readonly string[])[];
}

async function lookAt(world: World): Promise<Look> {
  const { docker } = world.engine;
  const listed = await docker.listContainers({ all: true });
  const containers = await Promise.all(listed.map(({ Id }) => docker.getContainer(Id).inspect()));
  const told = await Promise.all(pages.map((name) => world.exec(name, 'sh', '-c', 'stat -c "%i %Z" /etc/page; cat /tmp/notes')));
  const lines = told.map((text) => text.trimEnd().split('\n'));
  return {
    containers: containers.map(({ Name, Id, State }) => `${Name} ${Id} ${State.StartedAt}`).sort(),
    files: lines.map(([file = '']) => file),
    notes: lines.map(([, ...notes]) => notes),
  };
}

interface Ended {
  readonly status: EnvironmentStatus;
  readonly deployment: DeploymentRecord | undefined;
  readonly before: Look;
  readonly now: Look;
  /** What the readers have noted since the release began. */
  readonly noted: Look['notes'];
}

const isActedOn = (note: string): boolean => note === 'signalled' || note === 'started';

/** How a release of each kind ends, whoever died on its way. */
const assertEnded: Record<Kind, (t: ExecutionContext, ended: Ended) => void> = {
  'hot-pushed': (t, { status, noted }) => {
    t.is(status.state, 'deployed', messagesOf(status));
    t.true(
      noted.every((notes) => notes.some(isActedOn)),
      'every process has been told',
    );
  },
  rebuilt: (t, { status }) => t.is(status.state, 'deployed', messagesOf(status)),
  refused: (t, { status, deployment, before, now, noted }) => {
    t.is(status.state, 'failed');
    // What its engine took with it the deployment has started again, which it takes back as far as it can.
    const started = noted.flat().includes('started');
    t.true(deployment?.state === 'failed' || (started && deployment?.state === 'rolled-back'), deployment?.state);
    t.regex(messagesOf(status), /refuse-\d+/, "the tool's own words");
    t.deepEqual(now.files, before.files, 'the very same files');
    t.false(noted.flat().includes('signalled'), 'a process was signalled');
  },
  'rolled back': (t, { status, deployment, noted }) => {
    t.is(status.state, 'failed');
    t.is(deployment?.state, 'rolled-back', messagesOf(status));
    t.true(noted.flat().filter(isActedOn).length > 1, 'acted on, taken back, and acted on again');
  },
};

const messagesOf = ({ apps }: EnvironmentStatus): string =>
  apps.map(({ name, state, message }) => `${name} is ${state}: ${message}`).join('; ');

/** The page's newest deployment of the commit. */
async function deploymentOf(world: World, commit: string): Promise<DeploymentRecord | undefined> {
  const { deployments } = await world.api.history();
  return deployments.find((one) => one.app === 'page' && one.commit === commit);
}

const containers = [
  'staging-baked-fixed-1 running',
  'staging-baked-migrate-1 exited',
  'staging-baked-web-1 running',
  'staging-page-list-1 running',
  'staging-page-web-1 running',
  'staging-page-web-2 running',
];

/** It is what serves, nothing is doubled, and nothing is left over: no container, nameless image or staged file. */
async function assertServes(
  t: ExecutionContext,
  world: World,
  { word, baked }: Expected,
  { scriptsLeft }: { readonly scriptsLeft: boolean },
): Promise<void> {
  const { docker } = world.engine;
  const listed = await docker.listContainers({ all: true });
  t.deepEqual(listed.map(({ Names, State }) => `${Names.join().slice(1)} ${State}`).sort(), containers);
  t.deepEqual(await docker.listImages({ filters: { dangling: ['true'] } }), [], 'nameless images');
  for (const name of pages) {
    t.is(await world.exec(name, 'sort', '-u', '/etc/page'), `${word}\n`, name);
    if (!scriptsLeft) t.is(await world.exec(name, 'find', '/etc', '-name', '*windlass*'), '', name);
  }
  for (const name of ['web', 'fixed'])
    t.is(await world.exec(`staging-baked-${name}-1`, 'cat', '/www/index.html'), `baked ${baked}\n`, name);
  const { NetworkSettings: settings } = await docker.getContainer('staging-baked-web-1').inspect();
  const [ip] = Object.values(settings.Networks).map(({ IPAddress }) => IPAddress);
  t.is(await world.exec('staging-page-list-1', 'cat', '/etc/members'), `staging-baked-web-1 ${ip}\n`);
}

/** A push to the readers of what was recreated may still be under way. */
async function becomesQuiet(t: ExecutionContext, world: World): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (!(await world.api.history()).deployments.some(({ state }) => state === 'running' || state === 'queued')) return;
    await sleep(100);
  }
  t.fail('a deployment stays running');
}
