import test from 'ava';
import type { Revision } from '../../src/model/control.ts';
import type { ApplicationState } from '../../src/model/deployment.ts';
import { type Run, settle } from '../../src/workers/settle.ts';

const at = (digit: string): Revision => ({ commit: digit.repeat(40), sources: { shop: digit.repeat(40) } });
const [old, bad] = [at('a'), at('b')];
const environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
const root = { environments: [environment], hosts: [], sources: [] };

/** What status shows after a run with the newest revision `bad`, which had failed before it and left `old` deployed. */
async function settled(aimed: Revision | undefined, settlement: Parameters<typeof settle>[2], before: Partial<ApplicationState> = {}) {
  let written: ApplicationState | undefined;
  const run = {
    target: 'staging/shop',
    before: {
      deployed: old.commit,
      deployedSources: old.sources,
      declared: { environment, root },
      wanted: bad.commit,
      state: 'failed',
      message: 'refused by nginx -t',
      deployment: 'd1',
      failed: bad,
      ...before,
    },
    choice: { wanted: bad, seen: bad.commit },
    context: {
      mask: (text: string) => text.replaceAll('hunter2', '[secret]'),
      states: {
        write: async (_target: string, state: ApplicationState) => {
          written = state;
        },
      },
    },
  } as unknown as Run;
  await settle(run, aimed, settlement);
  return written;
}

test('a run that only keeps the earlier revision in line leaves the failed one failed, in the words of before', async (t) => {
  const question = { environment, root, revision: old };
  t.like(await settled(old, { state: 'deployed', message: '', deployed: question }), {
    state: 'failed',
    message: 'refused by nginx -t',
    deployed: old.commit,
    failed: bad,
    deployment: 'd1',
  });
});

test('the failed revision is failed no more once it is there', async (t) => {
  const question = { environment, root, revision: bad };
  t.like(await settled(bad, { state: 'deployed', message: '', deployed: question, deployment: 'd2' }), {
    state: 'deployed',
    deployed: bad.commit,
    deployedSources: bad.sources,
    failed: undefined,
    deployment: 'd2',
  });
});

test('what a run does not say stays as it was: what is deployed, under which declarations, by which deployment', async (t) => {
  t.like(await settled(undefined, { state: 'held', message: 'frozen by alice; hunter2' }), {
    state: 'held',
    message: 'frozen by alice; [secret]',
    deployed: old.commit,
    deployedSources: old.sources,
    declared: { environment, root },
    deployment: 'd1',
    failed: bad,
  });
  t.like(await settled(bad, { state: 'deploying', message: '' }, { deployed: undefined, deployedSources: {}, deployment: undefined }), {
    state: 'deploying',
    deployed: undefined,
    deployment: undefined,
  });
});
