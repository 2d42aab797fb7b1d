import test from 'ava';
import { createDecisionOperations, type DecisionDependencies } from '../../src/controller/decision-operations.ts';
import type { Aimed, Choice } from '../../src/workers/choose-aim.ts';

const [newest, before] = ['b', 'a'].map((digit) => ({ revision: { commit: digit.repeat(40), sources: {} } })) as [Aimed, Aimed];
const plan = { differences: [], withheld: [], strangers: [], canaries: [], waiting: [], paused: [], guarded: [], lost: [] };

/** The revision that a plan is made for while a person's rollback counts, or not. */
async function plannedFor(choice: Partial<Choice>): Promise<string | undefined> {
  let aimed: Aimed | undefined;
  const naming = {
    question: () => newest,
    appsOf: () => ['shop'],
    chosen: async () => choice,
    decided: async (aim: Aimed) => {
      aimed = aim;
      return { plan, issues: [], homeless: [], outdated: [] };
    },
  };
  const operations = createDecisionOperations({ naming, inventory: { readHosts: async () => [] } } as unknown as DecisionDependencies);
  await operations.plan({ environment: 'staging' });
  return aimed?.revision.commit;
}

test('a plan is for what is newest, and after a rollback for what was gone back to', async (t) => {
  t.is(await plannedFor({ kind: 'open', aim: newest, kept: undefined }), newest.revision.commit);
  const pin = { revision: before.revision } as NonNullable<Choice['pin']>;
  t.is(await plannedFor({ kind: 'open', aim: before, kept: undefined, pin }), before.revision.commit);
});
