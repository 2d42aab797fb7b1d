import { longestPause } from '../planning/canary.ts';
import type { Decision } from '../planning/decide.ts';
import type { Plan } from '../planning/plan.ts';
import type { Aim } from './bring-to.ts';
import type { Absence } from './find-absence.ts';
import { issuesMessage, type Outcome } from './outcome.ts';
import type { Progress } from './progress.ts';

/** What an empty wave means. */
export type Rest =
  | { readonly kind: 'end'; readonly outcome: Outcome }
  /** The canary's pause is over: the others are planned for. */
  | { readonly kind: 'follow' }
  /** Somebody has said nothing for too long: the run is tried again later. */
  | { readonly kind: 'unanswered'; readonly message: string }
  | { readonly kind: 'wait' };

export interface AtRest {
  readonly aim: Pick<Aim, 'environment' | 'only' | 'pauseOver'>;
  readonly plan: Plan;
  readonly absence: Absence | undefined;
  readonly progress: Pick<Progress, 'failures' | 'waitingSince' | 'silentSince'>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A host whose agent does not answer, but is not lost either: by then it is one of both. */
const silenceMs = 30_000;

/** Nothing can be done now: whether that is the end, and which. */
export function atRest(at: AtRest): Rest {
  if (at.absence) return withoutAnswer(at.absence, at);
  const outcome = outcomeOf(at);
  if (!outcome) return { kind: 'wait' };
  const follow = outcome.kind === 'paused' && (at.aim.pauseOver || longestPause(outcome.canaries) === 0);
  return follow ? { kind: 'follow' } : { kind: 'end', outcome };
}

/** What ends a run before anything is done. */
export function refusalOf({ issues, homeless }: Decision): Outcome | undefined {
  if (issues.length > 0) return { kind: 'failed', message: issuesMessage(issues) };
  return homeless.length > 0 ? { kind: 'held', message: issuesMessage(homeless) } : undefined;
}

function withoutAnswer({ kind, hosts }: Absence, { progress: { silentSince }, now }: AtRest): Rest {
  const message = waitingFor(hosts);
  if (kind === 'lost') return { kind: 'end', outcome: { kind: 'held', message, untouched: true } };
  return silentSince !== undefined && now - silentSince > silenceMs ? { kind: 'unanswered', message } : { kind: 'wait' };
}

/** Undefined: wait a little longer. */
function outcomeOf({ aim, plan, progress, now }: AtRest): Outcome | undefined {
  if (aim.only !== undefined) return guardedOr(plan, { kind: 'done', without: [] });
  const [first] = progress.failures;
  const outcome = rest(aim, plan, now - progress.waitingSince);
  return outcome?.kind === 'failed' && first ? { kind: 'failed', message: first.message, stays: true } : outcome;
}

function rest({ environment }: AtRest['aim'], plan: Plan, waitedMs: number): Outcome | undefined {
  const { lost, held, waiting, paused, patienceMs, differences, canaries, withheld } = plan;
  // Where hosts are passed over, nothing that is due for them alone is among the differences.
  if (lost.length > 0 && (environment.onLostHost !== 'skip' || differences.length > 0)) return { kind: 'held', message: waitingFor(lost) };
  if (held !== undefined) return { kind: 'held', message: held };
  if (waiting.length > 0) return waitedMs > patienceMs ? { kind: 'failed', message: [...waiting, ...plan.guarded].join('; ') } : undefined;
  if (paused.length > 0) return { kind: 'held', message: [...paused, ...plan.guarded].join('; '), goesOn: true };
  if (differences.length === 0 || plan.guarded.length > 0) {
    const reached: Outcome = withheld.length > 0 ? { kind: 'limited' } : { kind: 'done', without: lost };
    return guardedOr(plan, canaries.length > 0 ? { kind: 'paused', canaries } : reached);
  }
  const unbuilt = differences.filter(({ kind, host }) => kind === 'build-image' && host === '');
  const names = (some: typeof differences) => some.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  // As behind a start of the controller that comes before its agents'.
  if (unbuilt.length > 0) return { kind: 'held', message: `waiting for a host that can build: no agent answers to ${names(unbuilt)}` };
  return { kind: 'failed', message: `nothing can be done about ${names(differences)}` };
}

/** Nothing is left that may be done: all is well, but for what guards hold back. */
const guardedOr = ({ guarded }: Plan, otherwise: Outcome): Outcome =>
  guarded.length > 0 ? { kind: 'held', message: guarded.join('; ') } : otherwise;

const waitingFor = (hosts: readonly string[]): string =>
  `waiting for ${hosts.join(', ')}: ${hosts.length === 1 ? 'its agent does' : 'their agents do'} not answer`;
