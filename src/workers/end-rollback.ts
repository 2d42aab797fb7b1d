import type { ApplicationState } from '../model/deployment.ts';
import { targetOf } from '../model/names.ts';
import { activePin, newestFor } from './choose-aim.ts';
import type { DeployContext, DeployRequest } from './deploy-context.ts';

/**
 * The state that a run begins with. A rollback that something newer was pushed over ends here, and with it the canary or the limited
 * part that it was to take back: what is newer may wait for a person, or have failed, and until then there is only what is deployed.
 */
export async function endRollback(
  { environment, app }: DeployRequest,
  { environment: read, states, controls }: Pick<DeployContext, 'environment' | 'states' | 'controls'>,
): Promise<ApplicationState | undefined> {
  const target = targetOf(environment, app);
  const [state, found, said] = await Promise.all([states.read(target), read(environment), controls.read(environment, app)]);
  if (!said.pin || !found?.revision) return state;
  const { revision } = newestFor({ ...found, revision: found.revision }, said);
  if (activePin(said, revision)) return state;
  const whole = state?.part && { ...state, part: undefined };
  // Before the rollback is forgotten: after a crash in between nobody would take the part back any more.
  if (whole) await states.write(target, whole);
  await controls.removePin(environment, app, said.pin);
  return whole ?? state;
}
