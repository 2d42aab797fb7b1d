import type { ApplicationPart } from '../model/deployment.ts';
import { type Aimed, deployedRevision, keptAim, keptQuestion } from './choose-aim.ts';
import { sameRevision } from './environment-state.ts';
import type { Outcome } from './outcome.ts';
import { standingPart } from './part.ts';
import type { Run } from './settle.ts';

/** What follows when an attempt has failed. */
export interface WayBack {
  /** What the application is brought to; undefined: nothing is to be taken back. */
  readonly to: Aimed | undefined;
  /** Without a way to go: it is what it was before, for the attempt was the way back itself. */
  readonly isThere: boolean;
  /** What stays at a revision of its own. */
  readonly part: ApplicationPart | undefined;
}

/** Where a failed attempt leads back to. `stays`: it is to be left as it is; `changed`: some step of it has, or may have. */
export function wayBack(
  run: Pick<Run, 'before' | 'newest' | 'choice'>,
  aim: Aimed,
  { stays = false, changed }: { readonly stays?: boolean | undefined; readonly changed: boolean },
): WayBack {
  const standing = standingPart(run.before, aim);
  // What a limit has brought there before is no part of what has failed now.
  if (standing && !standing.canary) return { to: undefined, isThere: false, part: standing };
  const passed = passedPart(run, aim);
  const earlier = (passed ? keptAim : keptQuestion)({ newest: run.newest, state: run.before });
  const isDue = !stays && changed && earlier !== undefined;
  const to = isDue && !sameRevision(earlier.revision, aim.revision) ? earlier : undefined;
  return { to, isThere: isDue, part: passed };
}

/**
 * How a failed deployment ends. `changed`: some step of it, or of its way back, has changed something. `outcome`: of the way back;
 * undefined: there was none to go.
 */
export function endOfFailure(
  reason: string,
  { isThere, changed }: Pick<WayBack, 'isThere'> & { readonly changed: boolean },
  outcome: Outcome | undefined,
): { readonly state: 'rolled-back' | 'failed'; readonly message: string } {
  const back = outcome ? outcome.kind === 'done' || outcome.kind === 'limited' || outcome.kind === 'paused' : isThere;
  const trouble = outcome?.kind === 'failed' || outcome?.kind === 'held' ? `; the way back failed too: ${outcome.message}` : '';
  return { state: changed && back ? 'rolled-back' : 'failed', message: `${reason}${trouble}` };
}

/** What a canary or a limit has brought to another revision before, which stays; the way back to what is deployed leaves none. */
function passedPart({ before, choice }: Pick<Run, 'before' | 'choice'>, { revision }: Aimed): ApplicationPart | undefined {
  const deployed = deployedRevision(before);
  const isWayBack = choice.pin !== undefined || (deployed !== undefined && sameRevision(deployed, revision));
  return isWayBack || standingPart(before, { revision }) ? undefined : before?.part;
}
