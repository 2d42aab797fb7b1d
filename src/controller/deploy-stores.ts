import type { Deployments } from '../queue/deployments.ts';
import type { StateStore } from '../queue/state.ts';
import type { DeployContext } from '../workers/deploy-context.ts';

/** What the deploy worker keeps, in Redis. */
export function deployStores(
  states: Pick<StateStore<unknown>, 'readState' | 'writeState'>,
  deployments: Deployments,
): Pick<DeployContext, 'states' | 'deployments'> {
  return {
    states: {
      read: (target) => states.readState(`app:${target}` as `app:${string}/${string}`),
      write: (target, state) => states.writeState(`app:${target}` as `app:${string}/${string}`, state),
    },
    deployments: {
      create: deployments.create,
      update: deployments.update,
      setStep: deployments.setStep,
      latest: async (environment, app) => (await deployments.list({ environment, app, limit: 1 }))[0],
    },
  };
}
