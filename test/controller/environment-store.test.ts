import test from 'ava';
import { createEnvironmentStore } from '../../src/controller/environment-store.ts';
import type { Environment } from '../../src/model/root.ts';

const environment: Environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
const root = { environments: [environment], hosts: [], sources: [] };
const read = (commit: string, apps: readonly string[]) => ({
  states: [{ environment, root, revision: { commit, sources: {} } }],
  apps: { staging: apps },
  head: 'main',
  commit,
});

/** A store whose Redis takes its time, and what it says of the environment at every turn until a write is done. */
async function seenDuring(write: (store: ReturnType<typeof createEnvironmentStore>) => Promise<void>) {
  const slow = async () => {
    for (let turns = 0; turns < 5; turns++) await null;
    return [];
  };
  const store = createEnvironmentStore({ environments: slow, writeEnvironment: async () => {}, forgetEnvironment: async () => {} });
  const seen = new Set<string>();
  let done = false;
  const writing = write(store).then(() => {
    done = true;
  });
  while (!done) {
    const known = store.get('staging');
    seen.add(known ? `${known.revision?.commit} ${store.appsOf('staging').join(' ')}` : 'nothing');
    await null;
  }
  await writing;
  return [...seen];
}

test('an environment is never known without its applications', async (t) => {
  t.deepEqual(await seenDuring((store) => store.write(read('a', ['shop']))), ['nothing', 'a shop']);
});

test('an application that has just vanished is there until somebody has looked', async (t) => {
  const seen = await seenDuring(async (store) => {
    await store.write(read('a', ['shop', 'blog']));
    await store.write(read('b', ['blog']));
    await null;
    store.setDeparted({});
    await null;
  });
  t.deepEqual(seen, ['nothing', 'a shop blog', 'b blog shop', 'b blog']);
});
