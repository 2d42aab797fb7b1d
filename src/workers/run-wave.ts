import { setTimeout as sleep } from 'node:timers/promises';
import { WindlassError } from '../errors.ts';
import type { Fence, PushConfigStep, Step, StepResult } from '../model/step.ts';
import { callFor, type Failure } from '../planning/failures.ts';
import type { Plan } from '../planning/plan.ts';
import type { DeployContext, StepRequest } from './deploy-context.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { rollOut } from './roll-out.ts';

export interface Wave {
  readonly plan: Plan;
  /** Those of the plan's wave that are to be done. */
  readonly steps: readonly Step[];
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
}

/** Runs the steps side by side, pushes in two phases, and waits for all of them: a failure never leaves another half-done unseen. */
export async function runWave(wave: Wave): Promise<readonly Done[]> {
  const { plan, steps, history } = wave;
  const drift = steps.every((step) => differenceOf(plan, step)?.drift);
  const numbers = await history.addSteps(steps, { drift });
  const run: Run = async (step, how = {}) => {
    const number = numbers[steps.indexOf(step)] ?? 0;
    const result = await request(wave, { step, ...how, onStart: () => void history.started(number, step).catch(() => {}) });
    await history.finished(number, step, result);
    return result;
  };
  const pushes = steps.filter((step) => step.kind === 'push-config');
  const others = steps.filter((step) => step.kind !== 'push-config');
  const [pushed, done] = await Promise.all([
    pushAll(wave, pushes, run),
    Promise.all(others.map(async (step) => ({ step, result: await run(step) }))),
  ]);
  return [...pushed, ...done];
}

type Run = (step: Step, how?: Pick<StepRequest, 'onHeld' | 'onVerified'>) => Promise<StepResult>;

/** Nothing is to be gained from looking at one container before it is touched. */
async function pushAll(wave: Wave, steps: readonly PushConfigStep[], run: Run): Promise<readonly Done[]> {
  const [only] = steps;
  if (!only) return [];
  if (steps.length === 1) return [{ step: only, result: await run(only) }];
  const { plan, failures, superseded, signal } = wave;
  return rollOut(
    {
      pushes: steps.map((step) => ({ service: serviceOf(plan, step), step })),
      later: [],
      paces: plan.paces,
      enough: async (failed) => {
        const all = [...failures, ...failed.map((step) => failureOf(plan, step))];
        return callFor(all, plan.paces) !== undefined || (await superseded()) !== undefined;
      },
    },
    { run: (step, hooks) => run(step, hooks), wait: (ms) => sleep(ms, undefined, { signal }) },
  );
}

/** The service that a step is for; undefined for an image. */
const serviceOf = (plan: Plan, step: Step): string | undefined => differenceOf(plan, step)?.service;

const differenceOf = ({ differences }: Plan, step: Step) => differences.find((one) => one.step === step);

export const failureOf = (plan: Plan, step: Step): Failure => ({ name: step.name, service: serviceOf(plan, step) });

async function request(
  { fence, history, context, signal }: Wave,
  how: Omit<StepRequest, 'fence' | 'deployment' | 'signal'>,
): Promise<StepResult> {
  const deployment = await history.id();
  return context
    .runStep({ ...how, fence, deployment, pushes: context.pushes, signal })
    .catch((error: unknown) => lostResult(error, signal));
}

/** A step whose agent went away is neither done nor failed: the next plan says what is left of it. */
function lostResult(error: unknown, signal: AbortSignal): StepResult {
  if (!signal.aborted && error instanceof WindlassError && error.code === 'host-lost') {
    return { ok: false, ms: 0, error: { code: 'host-lost', message: error.message } };
  }
  throw error;
}
