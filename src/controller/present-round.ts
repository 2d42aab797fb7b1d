import type { Revision } from '../model/control.ts';
import { type DeploymentRecord, unclaimedImages } from '../model/deployment.ts';
import { sameRevision } from '../workers/environment-state.ts';

/**
 * The deployments that brought an environment's applications to the revision it is at, of its whole history (newest first): of each
 * application what has succeeded since it was last at another one. `since`: when the oldest push was accepted that they answer, in
 * epoch milliseconds; undefined: no push told of them.
 */
export function presentRound(history: readonly DeploymentRecord[], revision: Revision, since?: number): readonly DeploymentRecord[] {
  const atAnother = new Set<string>();
  return history.filter(({ app, commit, sources = {}, state, trigger, startedAt }) => {
    if (!sameRevision({ commit, sources }, revision)) atAnother.add(app);
    if (atAnother.has(app) || app === unclaimedImages || state !== 'succeeded') return false;
    return !['discovery', 'drift'].includes(trigger) && (since === undefined || Date.parse(startedAt) >= since);
  });
}
