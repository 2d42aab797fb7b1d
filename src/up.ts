import { runAgent } from './agent.ts';
import { runController } from './controller.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';

/** Controller, agent and (where none is set) Redis in one process: all that a single host needs. */
export async function runUp(settings: Settings, log: Log): Promise<{ readonly url: string; close(): Promise<void> }> {
  const controller = await runController(settings, log);
  try {
    // The agent of the same process always finds the controller where it really listens.
    const agent = await runAgent({ ...settings, url: controller.url }, log, controller.redisUrl);
    return {
      url: controller.url,
      close: async () => {
        await agent.close();
        await controller.close();
      },
    };
  } catch (error) {
    await controller.close();
    throw error;
  }
}
