import test from 'ava';
import { silentLog } from '../../src/log.ts';
import type { DeploymentRecord, StepRecord } from '../../src/model/deployment.ts';
import type { Step } from '../../src/model/step.ts';
import type { DeployContext } from '../../src/workers/deploy-context.ts';
import { openDeploymentLog } from '../../src/workers/deployment-log.ts';

const step = (kind: Step['kind'], name: string) => ({ kind, name, host: 'one', reason: 'because' }) as Step;

test('steps that are added side by side have a place each', async (t) => {
  const kept: StepRecord[] = [];
  const created: DeploymentRecord[] = [];
  const context = {
    deployments: {
      latest: async () => undefined,
      create: async (record: DeploymentRecord) => void created.push(record),
      setStep: async (_: string, index: number, record: StepRecord) => {
        kept[index] = record;
      },
    },
    newId: () => 'd-1',
    now: () => new Date(0),
    mask: (text: string) => text,
    log: silentLog,
  } as unknown as DeployContext;
  const revision = { commit: 'a'.repeat(40), sources: {} };
  const history = await openDeploymentLog(context, { environment: 'staging', app: 'shop', revision, trigger: 'push' });
  const build = step('build-image', 'web:latest');
  const adopt = step('adopt-container', 'staging-shop-db-1');
  const [[first = -1], [second = -1]] = await Promise.all([history.addSteps([build]), history.addSteps([adopt])]);
  t.deepEqual([first, second], [0, 1]);
  t.is(created.length, 1);
  await history.finished(second, adopt, { ok: true, ms: 2 });
  await history.finished(first, build, { ok: true, ms: 1 });
  t.deepEqual(
    kept.map(({ name, state, ms }) => [name, state, ms]),
    [
      ['web:latest', 'succeeded', 1],
      ['staging-shop-db-1', 'succeeded', 2],
    ],
  );
});
