import { type EnvironmentState, sameRevision } from './environment-state.ts';

/** What a fetch compares with. */
export interface Before {
  /** The environments as they were known before it. */
  readonly known: readonly EnvironmentState[];
  /** A person, or a delivery whose deployment failed, asks for all of them. */
  readonly forced: boolean;
  /** Environments that an earlier fetch found moved and has not raised all of. */
  readonly unraised?: ReadonlySet<string>;
}

/**
 * The environments whose applications have to be raised. `states`: declared ones or those that have left, whose containers go; one
 * whose branch has no commit has nothing that could be deployed.
 */
export function whatMoved(
  states: readonly EnvironmentState[],
  { known, forced, unraised = new Set() }: Before,
): readonly EnvironmentState[] {
  const isDue = (state: EnvironmentState): boolean => {
    const { name } = state.environment;
    const before = known.find(({ environment }) => environment.name === name);
    return forced || unraised.has(name) || hasMoved(before, state);
  };
  return states.filter((state) => state.revision !== undefined && isDue(state));
}

/** Also what windlass.yaml says of an environment and its hosts moves it. */
function hasMoved(before: EnvironmentState | undefined, now: EnvironmentState): boolean {
  if (!before?.revision || !now.revision || !sameRevision(before.revision, now.revision)) return true;
  return JSON.stringify([before.environment, before.root.hosts]) !== JSON.stringify([now.environment, now.root.hosts]);
}
