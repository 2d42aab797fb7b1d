import test from 'ava';
import { createPushTrail } from '../../src/controller/push-trail.ts';
import { silentLog } from '../../src/log.ts';
import type { DeploymentRecord, Trigger } from '../../src/model/deployment.ts';
import { succeeded } from '../api/memory.ts';

const site = { environment: 'staging', app: 'shop' } as const;

/** The ids that a run carries while one push is open, whose application's latest deployment is this one. */
async function carried(trigger: Trigger, latest: DeploymentRecord | undefined): Promise<readonly string[]> {
  const pushes = {
    ofSource: async () => [],
    open: async () => {},
    list: async () => [{ id: 'delivery-1', at: 0 }],
    close: async () => {},
  };
  const trail = createPushTrail({ pushes, deployments: { latest: async () => latest }, now: () => 0, log: silentLog, count: () => {} });
  return (await trail.deploy(site, trigger, silentLog)).pushes;
}

const begun: DeploymentRecord = { ...succeeded, state: 'running' };

test('what containers set off themselves is no push’s doing', async (t) => {
  t.deepEqual(await carried('discovery', succeeded), []);
  t.deepEqual(await carried('discovery', undefined), []);
  t.deepEqual(await carried('drift', { ...begun, trigger: 'drift' }), []);
});

test('a run carries the push that has raised it', async (t) => {
  t.deepEqual(await carried('push', succeeded), ['delivery-1']);
});

test('what a push has begun carries it too when a host that comes back lets it go on', async (t) => {
  t.deepEqual(await carried('discovery', begun), ['delivery-1']);
});
