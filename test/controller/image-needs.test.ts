import test from 'ava';
import type { EnvironmentStore } from '../../src/controller/environment-store.ts';
import { createImageNeeds } from '../../src/controller/image-needs.ts';
import type { Log } from '../../src/log.ts';
import type { RememberedStore } from '../../src/queue/remembered.ts';
import type { Question, Revisions } from '../../src/workers/revisions.ts';

const pinned = (name: string, of: string) => `${name}:windlass-${of.repeat(16)}`;
const image = (name: string, of: string) => ({ reference: `${name}:latest`, pinned: pinned(name, of), keep: 2 });

/** What is retained where staging declares web and tool, and production, which has deployed web, cannot be read or can. */
async function retained(readable: boolean) {
  const warned: unknown[] = [];
  const environments = {
    all: () => ['staging', 'production'].map((name) => ({ environment: { name }, revision: { commit: 'c', sources: {} } })),
    appsOf: () => ['shop'],
  } as unknown as EnvironmentStore;
  const revisions = {
    declaredImages: async ({ environment }: Question) => {
      if (environment.name === 'staging') return [image('web', 'b'), image('tool', 'b')];
      if (!readable) throw new Error('the tree is gone');
      return [image('web', 'a')];
    },
  } as unknown as Revisions;
  const remembered = {
    read: async (target: string) => ({ images: target.includes('production') ? [pinned('web', 'a')] : [], formerImages: [] }),
  } as unknown as RememberedStore;
  const log = { warn: (fields: unknown) => void warned.push(fields) } as unknown as Log;
  return { ...(await createImageNeeds(environments, revisions, log).retained(remembered)), warned };
}

test('an environment that cannot be read keeps its own images, and the others are pruned all the same', async (t) => {
  const { needed, keep, otherwise, warned } = await retained(false);
  t.deepEqual([...needed].sort(), [pinned('tool', 'b'), pinned('web', 'a'), pinned('web', 'b')]);
  t.deepEqual(keep, { 'web:latest': Number.MAX_SAFE_INTEGER, 'tool:latest': 2 });
  t.is(otherwise, Number.MAX_SAFE_INTEGER, 'what nobody is known to declare may be its own');
  t.deepEqual(warned, [{ environment: 'production', error: 'the tree is gone' }]);
});

test('where all can be read, as many builds are kept as they say', async (t) => {
  const { keep, otherwise, warned } = await retained(true);
  t.deepEqual([keep, otherwise, warned], [{ 'web:latest': 2, 'tool:latest': 2 }, 5, []]);
});
