import { makeSecrets } from './controller/made-secrets.ts';
import { openCore } from './controller/open-core.ts';
import { openDoors } from './controller/open-doors.ts';
import { openStores } from './controller/open-stores.ts';
import { requireRepository } from './controller/source-repositories.ts';
import { startDeploying } from './controller/start-deploying.ts';
import { messageOf } from './errors.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';
import { lockState } from './state-lock.ts';
import { markState } from './state-mark.ts';

export interface RunningController {
  readonly url: string;
  /** Where its agents find Redis. */
  readonly redisUrl: string;
  close(): Promise<void>;
}

/** Puts the controller together and starts it: Redis, stores, doors, workers. What was opened last is closed first. */
export async function runController(settings: Settings, log: Log): Promise<RunningController> {
  const lifecycle = createLifecycle((name, error) => log.warn({ name, error: messageOf(error) }, 'not closed cleanly'));
  try {
    return await start(settings, log, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function start(settings: Settings, log: Log, lifecycle: Lifecycle): Promise<RunningController> {
  requireRepository(settings);
  lifecycle.add('state directory', await lockState(settings.stateDirectory, 'controller'));
  await markState(settings.stateDirectory);
  const stores = await openStores(settings, log, lifecycle);
  const secrets = await makeSecrets(settings);
  const core = await openCore(settings, stores, log, lifecycle);
  const url = await openDoors({ settings, secrets, stores, core, log, lifecycle });
  await startDeploying({ settings, secrets, stores, core, log, lifecycle });
  log.info({ url }, 'controller started');
  return { url, redisUrl: stores.redisUrl, close: () => lifecycle.close() };
}
