import type { PushConfigStep, Step, StepResult } from '../model/step.ts';
import type { DeployContext } from './deploy-context.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { failureMessage } from './outcome.ts';
import type { Done } from './run-wave.ts';

/** Whether a step is for a container that windlass did not make. */
export const isIntoStranger = (step: Step): step is PushConfigStep => step.kind === 'push-config' && step.stranger !== undefined;

export interface StrangerPushes {
  /** `ENV/APP`. */
  readonly target: string;
  readonly history: Pick<DeploymentLog, 'addSteps' | 'finished' | 'id'>;
  readonly context: Pick<DeployContext, 'strangers' | 'mask'>;
  /** A person has asked for it, and wants to read what became of it. */
  readonly asked: boolean;
  /** Does it and tells history of it. */
  readonly run: (step: PushConfigStep) => Promise<StepResult>;
  /** Does it as a part of a deployment, by its id, and tells nobody. */
  readonly runUntold: (step: PushConfigStep, deployment: string) => Promise<StepResult>;
}

/**
 * Pushes into strangers, each on its own: what one refuses is nobody else's matter. A push into one whose last failed is told of only where
 * it ends otherwise now.
 */
export function pushIntoStrangers(steps: readonly PushConfigStep[], pushes: StrangerPushes): Promise<readonly Done[]> {
  return Promise.all(steps.map((step) => pushInto(step, pushes)));
}

async function pushInto(step: PushConfigStep, { target, history, context, asked, run, runUntold }: StrangerPushes): Promise<Done> {
  const { strangers } = context;
  const before = asked ? undefined : strangers.failureOf(step);
  const result = before ? await runUntold(step, before.deployment) : await run(step);
  const message = context.mask(failureMessage([{ step, result }]));
  const known = before !== undefined && !result.ok && before.message === message;
  if (before && !known) {
    const [number = 0] = await history.addSteps([step]);
    await history.finished(number, step, result);
  }
  if (result.ok) strangers.succeeded(step.container);
  else if (!isPassing(result)) strangers.failed(target, step, { message, deployment: known ? before.deployment : await history.id() });
  return { step, result, known };
}

/** Its agent, or the container itself, has gone away meanwhile: whatever comes back is planned for anew. */
const isPassing = ({ error }: StepResult): boolean => error?.code === 'host-lost' || error?.code === 'fenced';
