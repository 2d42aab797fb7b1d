import test from 'ava';
import { type LookAheadDependencies, lookAhead } from '../../src/controller/look-ahead.ts';
import { environment } from '../support/builders.ts';

const root = { environments: [environment], hosts: [], sources: [] };
const [known, pushed] = ['a'.repeat(40), 'b'.repeat(40)];

/** A repository at `pushed`, of which windlass knows `known`; `away`: its Git host does not answer. */
function looking({ away = false, mistakes = 0 }: { readonly away?: boolean; readonly mistakes?: number } = {}) {
  let local = known;
  const issue = { file: 'windlass.yaml', line: 1, column: 1, message: 'no such key' };
  return lookAhead('staging', {
    environments: { require: () => ({ environment, root, revision: { commit: known, sources: {} } }) },
    repositories: {
      fetch: async () => {
        if (away) throw new Error('no answer');
        local = pushed;
      },
      head: async () => 'main',
      resolve: async () => local,
    },
    revisions: { root: async () => ({ root, issues: Array(mistakes).fill(issue) }), names: async () => ['new', 'shop'] },
  } satisfies LookAheadDependencies);
}

test('what has been pushed is seen before anybody takes account of it, new applications too', async (t) => {
  t.like(await looking(), { question: { revision: { commit: pushed } }, apps: ['new', 'shop'] });
});

test('a Git host that is away leaves what was fetched last, and a windlass.yaml with mistakes what is known', async (t) => {
  t.is((await looking({ away: true }))?.question.revision.commit, known);
  t.is(await looking({ mistakes: 1 }), undefined);
});
