import type { Metrics } from '../api/metrics.ts';
import { WindlassError } from '../errors.ts';
import type { StepQueue } from '../queue/steps.ts';
import { buildOnce } from '../workers/build-images.ts';
import type { DeployContext } from '../workers/deploy-context.ts';
import { stepState } from '../workers/outcome.ts';

/** Has agents do steps, equal builds once, and counts what became of them. */
export function createStepRunner(steps: StepQueue, metrics: Pick<Metrics, 'step'>): DeployContext['runStep'] {
  return buildOnce(async ({ step, fence, deployment, pushes = [], signal, onStart }) => {
    try {
      const result = await steps.run({
        host: step.host,
        step,
        fence,
        deployment,
        pushes,
        signal,
        onState: (state) => void (state === 'running' && onStart?.()),
      });
      metrics.step(step.kind, stepState(result), result.ms / 1_000);
      return result;
    } catch (error) {
      if (error instanceof WindlassError && error.code === 'host-lost') metrics.step(step.kind, 'lost', 0);
      throw error;
    }
  });
}
