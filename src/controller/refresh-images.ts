import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { StepQueue } from '../queue/steps.ts';
import type { DeployContext } from '../workers/deploy-context.ts';

/**
 * Has agents pull images whose tags may have moved; resolves once the inventory has what came. A registry that is away keeps nothing
 * from being deployed with what the host has.
 */
export const createRefreshImages =
  (steps: Pick<StepQueue, 'request'>, log: Log): DeployContext['refreshImages'] =>
  async (refreshes, signal) => {
    await Promise.all(
      refreshes.map(async ({ host, reference }) => {
        const told = await steps.request({ host, request: { kind: 'pull-image', reference }, signal }).catch((error: unknown) => {
          signal.throwIfAborted();
          return { ok: false, error: { message: messageOf(error) } };
        });
        if (!told.ok) log.warn({ host, image: reference, error: told.error?.message }, 'image not pulled: going on with what is there');
      }),
    );
  };
