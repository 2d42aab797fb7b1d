import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createCanaryPauses } from '../../src/controller/canary-pauses.ts';
import { silentLog } from '../../src/log.ts';
import type { ApplicationState } from '../../src/model/deployment.ts';
import { environment } from '../support/builders.ts';

const revision = { commit: 'b'.repeat(40), sources: {} };
const until = '1970-01-01T00:00:30.000Z';
const paused: ApplicationState = {
  deployed: 'a'.repeat(40),
  deployedSources: {},
  wanted: revision.commit,
  state: 'deploying',
  message: '',
  deployment: undefined,
  failed: undefined,
  part: {
    revision,
    declared: { environment, root: { environments: [environment], hosts: [], sources: [] } },
    scope: { canary: true },
    canary: { since: '1970-01-01T00:00:00.000Z', until, services: [] },
  },
};

function world() {
  const clock = { now: 0 };
  const done: string[] = [];
  let failures = 1;
  const pauses = createCanaryPauses({
    states: { readState: async (target) => (target === 'app:staging/shop' ? paused : undefined) },
    wanted: { list: async () => [record('source:config'), record('app:staging/shop'), record('app:staging/blog')] },
    controls: {
      continueCanary: async (name, app, { revision: { commit }, by }) => {
        if (failures-- > 0) throw new Error('Redis is away');
        done.push(`continue ${name}/${app} ${commit.slice(0, 1)} ${by ?? 'nobody'}`);
      },
    },
    wakeups: { wake: async (_queue, key) => void done.push(`wake ${key}`) },
    now: () => clock.now,
    log: silentLog,
    lookMs: 5,
  });
  return { clock, done, pauses };
}

const record = (target: 'source:config' | `app:${string}/${string}`) =>
  ({ target, generation: 1, handled: 1, trigger: 'push', forced: false, since: undefined }) as const;

async function eventually(isSo: () => boolean) {
  while (!isSo()) await sleep(5);
}

test('a pause that an earlier controller began ends at its time, once, also where the first try fails', async (t) => {
  const { clock, done, pauses } = world();
  t.teardown(pauses.close);
  await pauses.resume();
  clock.now = 29_999;
  await sleep(30);
  t.deepEqual(done, []);
  clock.now = 30_000;
  await eventually(() => done.length >= 2);
  await sleep(30);
  t.deepEqual(done, ['continue staging/shop b nobody', 'wake app:staging/shop']);
});

test('the pause of a canary that does not stand any more lets nobody go on', async (t) => {
  const { clock, done, pauses } = world();
  t.teardown(pauses.close);
  const pause = { environment: 'staging', app: 'shop', revision, until };
  pauses.add({ ...pause, app: 'blog' });
  pauses.add({ ...pause, revision: { commit: 'c'.repeat(40), sources: {} } });
  clock.now = 60_000;
  await sleep(50);
  t.deepEqual(done, []);
  pauses.add(pause);
  await eventually(() => done.length >= 2);
  t.deepEqual(done, ['continue staging/shop b nobody', 'wake app:staging/shop']);
});
