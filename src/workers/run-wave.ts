import { setTimeout as sleep } from 'node:timers/promises';
import { WindlassError } from '../errors.ts';
import type { Fence, PushConfigStep, Step, StepResult } from '../model/step.ts';
import { callFor, type Failure } from '../planning/failures.ts';
import type { Plan } from '../planning/plan.ts';
import { longestHold } from '../planning/push-rounds.ts';
import type { DeployContext, StepRequest } from './deploy-context.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { moment } from './moment.ts';
import { isIntoStranger, pushIntoStrangers } from './push-strangers.ts';
import { rollOut } from './roll-out.ts';

export interface Wave {
  readonly plan: Plan;
  /** Those of the plan's wave that are to be done. */
  readonly steps: readonly Step[];
  /** Pushes of a later turn, which have to be accepted before any of this wave swaps anything. */
  readonly ahead: readonly PushConfigStep[];
  /** An agent that goes away before all have accepted keeps everybody from swapping. */
  readonly careful: boolean;
  /** A person has asked for it. */
  readonly asked: boolean;
  /** What failed before in this run and was put up with. */
  readonly failures: readonly Failure[];
  /** Why something else is wanted by now. */
  readonly superseded: () => Promise<string | undefined>;
  readonly history: DeploymentLog;
  readonly fence: Fence;
  readonly context: DeployContext;
  readonly signal: AbortSignal;
}

export interface Done {
  readonly step: Step;
  readonly result: StepResult;
  /** Of a push into a stranger: it has failed as it did before, and that is told already. */
  readonly known?: boolean;
}

/**
 * Runs the steps side by side and waits for all of them: a failure never leaves another half-done unseen. Pushes go in two phases, and
 * no other container is touched before all have accepted.
 */
export async function runWave(wave: Wave): Promise<readonly Done[]> {
  const { plan, steps, history } = wave;
  const drift = steps.every((step) => differenceOf(plan, step)?.drift);
  const strangers = steps.filter(isIntoStranger);
  const pushes = steps.filter((step) => step.kind === 'push-config').filter((step) => !isIntoStranger(step));
  const builds = steps.filter((step) => step.kind === 'build-image');
  const others = steps.filter((step) => step.kind !== 'push-config' && step.kind !== 'build-image');
  const recorded = async (some: readonly Step[]): Promise<Run> => {
    const numbers = await history.addSteps(some, { drift });
    return async (step, how = {}) => {
      const number = numbers[some.indexOf(step)] ?? 0;
      const result = await request(wave, { step, ...how, onStart: () => void history.started(number, step).catch(() => {}) });
      await history.finished(number, step, result);
      return result;
    };
  };
  const all = async (some: readonly Step[]): Promise<readonly Done[]> => {
    if (some.length === 0) return [];
    const run = await recorded(some);
    return Promise.all(some.map(async (step) => ({ step, result: await run(step) })));
  };
  const intoStrangers = async () => {
    if (strangers.length === 0) return [];
    const { fence, context } = wave;
    const runUntold = (step: Step, deployment: string) => request(wave, { step }, deployment);
    const run = async (step: Step) => (await recorded([step]))(step);
    return pushIntoStrangers(strangers, { target: fence.target, history, context, asked: wave.asked, run, runUntold });
  };
  const first = pushes.length > 0 ? await recorded(pushes) : undefined;
  const after = async () => (await Promise.all([all(others), intoStrangers()])).flat();
  if (!first) return (await Promise.all([all(builds), after()])).flat();
  const answered = moment();
  let accepted = false;
  const onAccepted = () => {
    wave.context.fault('deploy:accepted');
    accepted = true;
    answered.come();
  };
  const pushing = pushAll(wave, { pushes, alone: others.length + strangers.length === 0, run: first, onAccepted }).finally(answered.come);
  const done = await Promise.all([pushing, all(builds), answered.reached.then(() => (accepted ? after() : []))]);
  return done.flat();
}

type How = Pick<StepRequest, 'onHeld' | 'heldMs' | 'onVerified'>;
type Run = (step: Step, how?: How) => Promise<StepResult>;

interface Pushes {
  readonly pushes: readonly PushConfigStep[];
  /** Nothing else waits for their being accepted. */
  readonly alone: boolean;
  readonly run: Run;
  readonly onAccepted: () => void;
}

/** Nothing is to be gained from looking at one container before it is touched. */
async function pushAll(wave: Wave, { pushes, alone, run, onAccepted }: Pushes): Promise<readonly Done[]> {
  const { plan, ahead, careful, failures, superseded, signal } = wave;
  const [only] = pushes;
  if (only && pushes.length === 1 && ahead.length === 0 && alone) return [{ step: only, result: await run(only) }];
  const due = pushes.map((step) => ({ service: serviceOf(plan, step), step }));
  const heldMs = longestHold(due, ahead, plan.paces);
  return rollOut(
    {
      pushes: due,
      later: ahead,
      paces: plan.paces,
      careful,
      onAccepted,
      onRefused: () => wave.context.fault('deploy:refused'),
      enough: async (failed) => {
        const all = [...failures, ...failed.map((step) => failureOf(plan, step))];
        return callFor(all, plan.paces) !== undefined || (await superseded()) !== undefined;
      },
    },
    {
      run: (step, hooks) => (ahead.includes(step) ? tryAhead(wave, step, { ...hooks, heldMs }) : run(step, { ...hooks, heldMs })),
      wait: (ms) => sleep(ms, undefined, { signal }),
    },
  );
}

/** History tells of it where it was refused: its real turn is still to come. */
async function tryAhead(wave: Wave, step: PushConfigStep, hooks: How): Promise<StepResult> {
  const result = await request(wave, { step, ...hooks });
  if (result.ok) return result;
  const [number = 0] = await wave.history.addSteps([step]);
  await wave.history.finished(number, step, result);
  return result;
}

/** The service that a step is for; undefined for an image. */
const serviceOf = (plan: Plan, step: Step): string | undefined => differenceOf(plan, step)?.service;

const differenceOf = ({ differences, withheld, strangers }: Plan, step: Step) =>
  [...differences, ...withheld, ...strangers].find((one) => one.step === step);

export const failureOf = (plan: Plan, step: Step): Failure => ({ name: step.name, service: serviceOf(plan, step) });

async function request(
  { fence, history, context, signal }: Wave,
  how: Omit<StepRequest, 'fence' | 'deployment' | 'signal'>,
  known?: string,
): Promise<StepResult> {
  const deployment = known ?? (await history.id());
  return context
    .runStep({ ...how, fence, deployment, pushes: context.pushes, signal })
    .catch((error: unknown) => lostResult(error, signal));
}

/** A step whose agent went away is neither done nor failed: the next plan says what is left of it. */
export function lostResult(error: unknown, signal: AbortSignal): StepResult {
  if (!signal.aborted && error instanceof WindlassError && error.code === 'host-lost') {
    return { ok: false, ms: 0, error: { code: 'host-lost', message: error.message } };
  }
  throw error;
}
