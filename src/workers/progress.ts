import { callFor, type Failure } from '../planning/failures.ts';
import type { Plan } from '../planning/plan.ts';
import { pushKey } from '../planning/strangers.ts';
import type { Absence } from './find-absence.ts';
import { failureMessage, type Outcome } from './outcome.ts';
import { isIntoStranger } from './push-strangers.ts';
import { type Done, failureOf } from './run-wave.ts';

/** How far a run is. Times are epoch milliseconds. */
export interface Progress {
  readonly failures: readonly (Failure & { readonly message: string })[];
  /** Keys of the pushes into strangers that have been tried. */
  readonly tried: readonly string[];
  /** Sentences: which strangers have not got their files, and why. */
  readonly unserved: readonly string[];
  /** Since when nothing could be done. */
  readonly waitingSince: number;
  /** Since when somebody has not answered. */
  readonly silentSince: number | undefined;
  readonly interruptions: number;
  /** It has seen what was there when it began. */
  readonly begun: boolean;
  readonly permitted: boolean;
  /** Some container is not as it was. */
  readonly touched: boolean;
  /** Who waits behind a canary has accepted what is pushed. */
  readonly accepted: boolean;
}

/** How often an interrupted step (its agent restarted) is planned again in one run. */
const interruptionsAllowed = 30;

export const beginning = (now: number, accepted = false): Progress => ({
  failures: [],
  tried: [],
  unserved: [],
  waitingSince: now,
  silentSince: undefined,
  interruptions: 0,
  begun: false,
  permitted: false,
  touched: false,
  accepted,
});

export const noteSilence = (progress: Progress, absence: Absence | undefined, now: number): Progress =>
  absence?.kind === 'silent' ? { ...progress, silentSince: progress.silentSince ?? now } : progress;

/** What a wave's results come to; `interrupted`: something was cut short that is planned again. */
export interface AfterWave {
  readonly progress: Progress;
  /** Set where they end the run. */
  readonly ending?: Outcome;
  readonly interrupted: boolean;
}

export function afterWave(given: Progress, all: readonly Done[], plan: Plan): AfterWave {
  const before = { ...given, ...afterStrangers(given, all) };
  const ended = (ending: Outcome): AfterWave => ({ progress: before, ending, interrupted: false });
  if (all.some(({ result }) => result.error?.code === 'fenced')) return ended({ kind: 'fenced' });
  const results = all.filter(({ step }) => !isIntoStranger(step));
  const failed = results.filter((one) => !one.result.ok && !isLost(one));
  const message = failureMessage(failed);
  const failures = [...before.failures, ...failed.map(({ step }) => ({ ...failureOf(plan, step), message }))];
  const call = callFor(failures, plan.paces);
  if (call) return ended({ kind: 'failed', message, ...(call === 'pause' ? { stays: true } : {}) });
  const done = results.filter(({ result }) => result.ok && !result.released).map(({ step }) => step);
  const progress = {
    ...before,
    failures,
    accepted: before.accepted || done.some(({ kind }) => kind === 'push-config'),
    touched: before.touched || done.some(({ kind }) => kind !== 'build-image'),
  };
  const cutShort = results.filter((one) => isLost(one) || (one.result.released && done.length === 0));
  if (failed.length > 0 || cutShort.length === 0) return { progress, interrupted: false };
  const interruptions = before.interruptions + 1;
  if (interruptions > interruptionsAllowed)
    return ended({ kind: 'failed', message: `${failureMessage(cutShort)}: interrupted ${interruptions} times` });
  return { progress: { ...progress, interruptions }, interrupted: true };
}

/** Whatever becomes of them, each is tried once in a run, and the application is none the worse for it. */
function afterStrangers({ tried, unserved }: Progress, all: readonly Done[]): Pick<Progress, 'tried' | 'unserved'> {
  const pushes = all.flatMap(({ step, ...rest }) => (isIntoStranger(step) ? [{ step, ...rest }] : []));
  const failed = pushes.filter((one) => !one.result.ok && !isLost(one) && !one.known);
  return {
    tried: [...tried, ...pushes.map(({ step }) => pushKey(step))],
    unserved: [...unserved, ...failed.map((one) => failureMessage([one]))],
  };
}

const isLost = ({ result }: Done): boolean => result.error?.code === 'host-lost';
