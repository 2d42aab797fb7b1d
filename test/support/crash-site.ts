import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { DeploymentRecord } from '../../src/model/deployment.ts';
import type { EnvironmentStatus } from '../../src/model/status-documents.ts';
import { changes, type Values } from './crash-changes.ts';
import { assertServes, isComplete, type Look, lookAt } from './crash-look.ts';
import type { Kind, Victim } from './crash-points.ts';
import type { World } from './world.ts';

/** Makes releases of the site, and says what is true after each. */
export interface Site {
  release(kind: Kind): Promise<Released>;
}

/** A release that has been committed and pushed. */
export interface Released {
  /** Pushes another one of the same kind over it. */
  overtake(): Promise<void>;
  /** Looks whether it ended as it should, whoever has died meanwhile. */
  ended(t: ExecutionContext, dead: readonly Victim[]): Promise<void>;
}

export function createSite(world: World): Site {
  let deployed: Values = { word: 'good-0', banner: 'good-0', release: '0', job: '0', lasts: '0', web: 'fine', fixed: 'fine' };
  let n = 0;
  let seen: Look | undefined;
  let scriptsLeft = false;
  return {
    release: async (kind) => {
      const { app, pushed } = changes[kind];
      const before = seen ?? (await lookAt(world));
      const next = async (changed: (n: number) => Partial<Values>) => {
        n += 1;
        const values = { ...deployed, ...changed(n) };
        return { values, commit: await push(world, values, `${kind} ${n}`) };
      };
      let newest = await next(pushed);
      return {
        overtake: async () => {
          newest = await next(pushed);
        },
        ended: async (t, dead) => {
          // A script in a container that outlived its engine waits for a word until its own deadline.
          scriptsLeft ||= dead.includes('the engine alone');
          seen = undefined;
          const { values, commit } = newest;
          const status = await world.api.outcome('staging', commit);
          if (changes[kind].takesEffect) deployed = values;
          await becomesQuiet(t, world);
          await assertServes(t, world, deployed, { scriptsLeft });
          const now = await lookAt(world);
          const deployment = await deploymentOf(world, app, commit);
          assertEnded(t, kind, { dead, status, deployment, before, now });
          seen = now;
        },
      };
    },
  };
}

async function push({ repository }: World, values: Values, message: string): Promise<string> {
  for (const file of ['apps/page/compose.yaml', 'apps/baked/compose.yaml']) {
    const text = await repository.read(file);
    await repository.write(
      file,
      text.replace(/^( {4})(\w+): .+$/gm, (line, indent: string, name: string) =>
        name in values ? `${indent}${name}: ${yamlOf(values[name as keyof Values])}` : line,
      ),
    );
  }
  await repository.write('images/page/index.html', `baked ${values.release}\n`);
  const commit = await repository.commit(message);
  await repository.push();
  return commit;
}

/** A number would stay one. */
const yamlOf = (value: string): string => (/^\d+$/.test(value) ? JSON.stringify(value) : value);

interface Ended {
  readonly dead: readonly Victim[];
  readonly status: EnvironmentStatus;
  readonly deployment: DeploymentRecord | undefined;
  readonly before: Look;
  readonly now: Look;
}

/** How a release of each kind ends, whoever died on its way. */
function assertEnded(t: ExecutionContext, kind: Kind, { dead, status, deployment, before, now }: Ended): void {
  const { takesEffect, keeps, says, undone, acts } = changes[kind];
  const noted = now.notes.map((notes, at) => notes.slice(before.notes[at]?.length));
  t.log(noted.map((notes) => notes.join(', ')).join(' | '));
  for (const note of noted.flat()) t.regex(note, /^(started|signalled|read (good|break|die)-\d+)$/, 'never torn, never refused');
  t.is(status.state, takesEffect ? 'deployed' : 'failed', messagesOf(status));
  if (says) t.regex(messagesOf(status), says);
  // What its engine took with it the deployment has started again, which it takes back as far as it can.
  const tookAll = dead.includes('the engine');
  const states = takesEffect ? ['succeeded'] : undone ? ['rolled-back'] : ['failed', ...(tookAll ? ['rolled-back'] : [])];
  t.true(states.includes(deployment?.state ?? ''), `${deployment?.state}: ${deployment?.message}`);
  if (!tookAll) {
    if (keeps === 'processes') t.deepEqual(now.processes, before.processes, 'the same containers, never stopped');
    // One that a killed Docker 20.10 cannot start any more is made anew (docs/limitations.md).
    const maybeAnew = dead.includes('the engine alone');
    if (keeps === 'containers' && !maybeAnew) t.deepEqual(now.containers, before.containers, 'the same containers');
  }
  if (!acts && keeps === 'processes') {
    t.deepEqual(now.files, before.files, 'the very same files');
    t.false(noted.flat().includes('signalled'), 'a process was signalled');
  }
  if (acts === 'each') t.true(noted.every(isTold), 'every process was told');
  if (acts === 'twice') {
    t.true(noted.flat().filter(tells).length > 1, 'somebody was told, and told again');
    t.true(noted.every(isToldBehind), 'whoever read what was taken back was told behind it');
  }
}

const tells = (note: string): boolean => note === 'signalled' || note === 'started';
const isTold = (notes: readonly string[]): boolean => notes.some(tells);

function isToldBehind(notes: readonly string[]): boolean {
  const read = notes.findLastIndex((note) => note.startsWith('read break-'));
  return read < 0 || isTold(notes.slice(read));
}

const messagesOf = ({ apps }: EnvironmentStatus): string =>
  apps.map(({ name, state, message }) => `${name} is ${state}: ${message}`).join('; ');

/** The application's newest deployment of the commit. */
async function deploymentOf(world: World, app: string, commit: string): Promise<DeploymentRecord | undefined> {
  const { deployments } = await world.api.history();
  return deployments.find((one) => one.app === app && one.commit === commit);
}

/** A push to the readers of what was recreated may still be under way, and so may the start of what went down at the end of a release. */
async function becomesQuiet(t: ExecutionContext, world: World): Promise<void> {
  const isQuiet = async () =>
    !(await world.api.history()).deployments.some(({ state }) => state === 'running' || state === 'queued') && (await isComplete(world));
  for (let tries = 0; tries < 300; tries++) {
    if (await isQuiet()) return;
    await sleep(100);
  }
  t.fail('a deployment stays running, or a container is not up');
}
