import test from 'ava';
import { createNeededCommits, type NeededCommitsDependencies } from '../../src/controller/needed-commits.ts';
import type { Controls } from '../../src/model/control.ts';
import type { ApplicationState, DeploymentRecord } from '../../src/model/deployment.ts';

const revision = (commit: string, sources = {}) => ({ commit, sources });

const state = {
  deployed: 'deployed',
  deployedSources: { code: 'deployed code' },
  wanted: 'wanted',
  failed: revision('failed', { code: 'failed code' }),
  part: { revision: revision('canary') },
} as unknown as ApplicationState;
const said = {
  pin: { revision: revision('pinned'), over: revision('passed over') },
  approval: { revision: revision('approved') },
  continued: { revision: revision('continued') },
  left: { revision: revision('left', { code: 'left code' }) },
} as unknown as Controls;

const dependencies = (environments: readonly string[]): NeededCommitsDependencies =>
  ({
    environments: { all: () => environments.map((name) => ({ environment: { name } })), appsOf: () => ['shop', 'new'] },
    states: { readState: async (target: string) => (target === 'app:staging/shop' ? state : undefined) },
    controls: { read: async (_: string, app: string) => (app === 'shop' ? said : {}) },
    deployments: { list: async () => [revision('once'), { commit: 'long ago' }] as unknown as readonly DeploymentRecord[] },
  }) as unknown as NeededCommitsDependencies;

test('the history and all that an application is at or was told to be at are needed', async (t) => {
  const needed = await createNeededCommits(dependencies(['staging']))();
  const ofState = ['deployed', 'deployed code', 'wanted', 'failed', 'failed code', 'canary'];
  const ofWords = ['pinned', 'passed over', 'approved', 'continued', 'left', 'left code'];
  t.deepEqual([...(needed ?? [])].sort(), [...ofState, ...ofWords, 'once', 'long ago'].sort());
});

test('before the environments have been read nobody knows', async (t) => {
  t.is(await createNeededCommits(dependencies([]))(), undefined);
});
