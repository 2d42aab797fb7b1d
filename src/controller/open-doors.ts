import { createApi } from '../api/app.ts';
import { listen } from '../api/listen.ts';
import type { Operations } from '../api/operations.ts';
import { agentQueue } from '../queue/agent-jobs.ts';
import { agentToken } from '../queue/agent-token.ts';
import { resetQueue } from '../queue/reset.ts';
import { readVersion } from '../version.ts';
import { createAgentDoor } from './agent-door.ts';
import { createDoctor } from './doctor.ts';
import { createHooks } from './hooks.ts';
import type { Assembly } from './open-core.ts';
import { createOperations } from './operations.ts';
import { createMetricsReader } from './read-metrics.ts';
import { createReadiness } from './readiness.ts';
import { createRefresh } from './refresh.ts';

/** Opens the doors of webhooks, people and agents. Resolves to the address where they are. */
export async function openDoors({ settings, secrets, stores, core, log, lifecycle }: Assembly): Promise<string> {
  const { redis, producer, environments, inventory, steps, wakeups } = stores;
  const { contents, revisions, repositories, hub, metrics } = core;
  const now = () => Date.now();
  const hooks = createHooks({ settings, secrets, environments, producer, wakeups, metrics, log, now });
  const operations: Operations = {
    ...personsOperations({ settings, stores, core, log }),
    hook: async () => hooks.document(),
    metrics: () => readMetrics(),
    doctor: () => examine(),
  };
  const looking = { ...stores, ...core, settings, version: readVersion(), redis: producer, now };
  const readMetrics = createMetricsReader({ ...looking, status: operations.status });
  const examine = createDoctor({ ...looking, secrets, plan: operations.plan });
  const api = createApi({
    operations,
    agentDoor: createAgentDoor({ contents, revisions, trees: repositories, inventory, steps, hub }),
    adminToken: secrets.adminToken,
    agentToken: await agentToken(redis),
    hooks: hooks.door,
    publicUrl: settings.publicUrl,
    now,
    log,
  });
  const listening = await listen(api, settings.listen);
  lifecycle.add('HTTP server', () => listening.close());
  return listening.url;
}

function personsOperations({ settings, stores, core, log }: Pick<Assembly, 'settings' | 'stores' | 'core' | 'log'>) {
  const { redis, producer, lock, environments, wanted, wakeups } = stores;
  return createOperations({
    ...stores,
    ...core,
    clearHost: async (host) => void (await resetQueue(redis, agentQueue(host))),
    refresh: createRefresh(() => (environments.root()?.sources ?? []).map(({ name }) => name), wanted, wakeups),
    now: () => new Date(),
    committer: { name: 'windlass', email: `windlass@${settings.host}` },
    log,
    ready: createReadiness(producer, lock, environments),
  });
}
