import { messageOf, WindlassError } from '../errors.ts';
import { type Aim, bringTo } from './bring-to.ts';
import type { Aimed } from './choose-aim.ts';
import type { DeploymentLog } from './deployment-log.ts';
import type { Outcome } from './outcome.ts';
import { type Run, settle } from './settle.ts';

type Attempted = Aimed & Pick<Aim, 'permit' | 'only' | 'careful' | 'unpulled' | 'accepted'> & { readonly takesBack?: true };

/**
 * What cannot be planned (a formula that never ends) has failed like what cannot be done; only what may pass is thrown, to be tried again.
 */
export async function attempt(run: Run, aim: Attempted, history: DeploymentLog): Promise<Outcome> {
  const { request, context, signal } = run;
  const superseded = aim.takesBack ? async () => undefined : run.superseded;
  try {
    const asked = request.trigger === 'manual';
    return await bringTo({ ...aim, app: request.app, superseded, asked }, history, context, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof WindlassError) || !error.permanent) {
      // It is tried again with growing pauses; until then status says why nothing moves, unless that is done with.
      if ((await superseded()) === undefined) await settle(run, aim.revision, { state: 'deploying', message: messageOf(error) });
      throw error;
    }
    return { kind: 'failed', message: error.message };
  }
}
