import type { ApplicationState, Trigger } from '../model/deployment.ts';
import { sameRevision } from './environment-state.ts';
import type { Revision } from './revisions.ts';

/** What an application was brought to last, as far as that is known. */
export function deployedRevision(state: ApplicationState | undefined): Revision | undefined {
  return state?.deployed === undefined ? undefined : { commit: state.deployed, sources: state.deployedSources };
}

/**
 * Which revision to aim at. A revision that failed is tried again when somebody asks (a push, a person), not because a container
 * came or went: until then what was deployed before it is kept in line.
 */
export function chooseRevision(newest: Revision, state: ApplicationState | undefined, trigger: Trigger): Revision {
  const deployed = deployedRevision(state);
  const asked = trigger === 'push' || trigger === 'manual' || trigger === 'rollback';
  const failed = state?.state === 'failed' && state.failed !== undefined && sameRevision(state.failed, newest);
  return failed && !asked && deployed ? deployed : newest;
}
