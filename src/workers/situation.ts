import type { ApplicationState } from '../model/deployment.ts';
import { type Choice, chooseAim, type Situation } from './choose-aim.ts';
import type { DeployContext, DeployRequest } from './deploy-context.ts';
import { sameRevision } from './environment-state.ts';

/** What Git and people say of an application at any moment of a run. */
export interface LiveSituation {
  /** Undefined where the environment is not declared, or its branch has no commit. */
  now(): Promise<Situation | undefined>;
  /** Asks whether by now something else would be chosen, and why. A freeze is not: what runs is brought to its end. */
  otherThan(choice: Choice): () => Promise<string | undefined>;
}

/** `state` is the one that the run began with: what it writes itself is no reason to choose anew. */
export function createSituation(
  { environment, app, trigger }: DeployRequest,
  state: ApplicationState | undefined,
  context: Pick<DeployContext, 'environment' | 'controls'>,
): LiveSituation {
  const now = async (): Promise<Situation | undefined> => {
    const found = await context.environment(environment);
    if (!found?.revision) return undefined;
    const controls = await context.controls.read(environment, app);
    return { newest: { environment: found.environment, root: found.root, revision: found.revision }, state, trigger, controls };
  };
  let first: Promise<string | undefined> | undefined;
  const key = async (): Promise<string | undefined> => {
    const found = await now();
    return found && keyOf(found);
  };
  return {
    now: async () => {
      const found = await now();
      first ??= Promise.resolve(found && keyOf(found));
      return found;
    },
    otherThan: (choice) => async () => {
      const [before, after] = [await first, await key()];
      if (before === after || after === undefined) return undefined;
      const found = await now();
      if (found?.controls.pin && found.controls.pin.at !== choice.pin?.at) return 'rolled back meanwhile';
      return found && sameRevision(chooseAim(found).wanted, choice.wanted)
        ? 'what it is limited to has changed'
        : 'a newer revision was pushed';
    },
  };
}

function keyOf(situation: Situation): string {
  const { freeze: _, ...controls } = situation.controls;
  const choice = chooseAim({ ...situation, controls });
  const aim = choice.kind === 'frozen' ? choice.kept : choice.aim;
  return JSON.stringify([choice.wanted, aim?.revision, choice.pin?.at, controls.approval?.at, controls.limit]);
}
