import type { Deployments } from '../queue/deployments.ts';
import type { StateStore } from '../queue/state.ts';
import type { DeployContext } from '../workers/deploy-context.ts';

/** What the deploy worker keeps, in Redis; `ended` hears of each deployment that has. */
export function deployStores(
  states: Pick<StateStore<unknown>, 'readState' | 'writeState'>,
  deployments: Deployments,
  ended: (id: string) => void,
): Pick<DeployContext, 'states' | 'deployments'> {
  return {
    states: {
      read: (target) => states.readState(`app:${target}` as `app:${string}/${string}`),
      write: (target, state) => states.writeState(`app:${target}` as `app:${string}/${string}`, state),
    },
    deployments: {
      create: deployments.create,
      update: async (id, patch) => {
        await deployments.update(id, patch);
        if (patch.finishedAt !== undefined) ended(id);
      },
      setStep: deployments.setStep,
      latest: deployments.latest,
    },
  };
}
