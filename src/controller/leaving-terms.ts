import type { RememberedStore } from '../queue/remembered.ts';
import type { StateStore } from '../queue/state.ts';
import type { AppTarget } from '../queue/targets.ts';
import type { DeployContext } from '../workers/deploy-context.ts';
import { sameRevision } from '../workers/environment-state.ts';
import type { KeptEnvironment } from './environment-store.ts';

/** What is remembered of applications, by `environment/application`, as planning and the deploy worker ask for it. */
export function rememberedOf(
  remembered: RememberedStore,
  states: Pick<StateStore<KeptEnvironment>, 'readState'>,
): DeployContext['remembered'] {
  const key = (target: string): AppTarget => `app:${target}` as AppTarget;
  return {
    terms: async (target, revision) => {
      const [{ released, drains, lists, secrets }, state] = await Promise.all([
        remembered.read(key(target)),
        states.readState(key(target)),
      ]);
      return {
        released: released !== undefined && sameRevision(released, revision),
        known: state?.deployed !== undefined || state?.failed !== undefined,
        drains,
        lists,
        secrets,
      };
    },
    deployed: (target, known) => remembered.deployed(key(target), known),
    lists: (target, lists) => remembered.keepLists(key(target), lists),
    markSecrets: (target) => remembered.markSecrets(key(target)),
    refreshed: async (target, revision) => {
      const { refreshed } = await remembered.read(key(target));
      return refreshed && sameRevision(refreshed.revision, revision) ? refreshed.hosts : undefined;
    },
    markRefreshed: (target, revision, hosts) => remembered.markRefreshed(key(target), { revision, hosts }),
  };
}
