import type { Metrics } from '../api/metrics.ts';
import { WindlassError } from '../errors.ts';
import type { StepQueue } from '../queue/steps.ts';
import { abandonSuperseded } from '../workers/abandon-superseded.ts';
import { buildOnce, type JoinLog } from '../workers/build-once.ts';
import type { DeployContext } from '../workers/deploy-context.ts';
import { stepState } from '../workers/outcome.ts';
import type { ImageNeeds } from './image-needs.ts';

/** How often a running build is asked about: whether anybody still needs it. */
const supersededPollMs = 1_000;

/**
 * Has agents do steps, equal builds once (their log read by all who wait) and none that nobody needs any more, and counts what became of
 * them.
 */
export function createStepRunner(
  steps: StepQueue,
  metrics: Pick<Metrics, 'step'>,
  { needs }: Pick<ImageNeeds, 'needs'>,
  joinLog: JoinLog,
): DeployContext['runStep'] {
  const run: DeployContext['runStep'] = async ({ step, fence, deployment, pushes = [], signal, onStart, onHeld, heldMs, onVerified }) => {
    try {
      const result = await steps.run({
        host: step.host,
        step,
        fence,
        deployment,
        pushes,
        signal,
        onState: (state) => {
          if (state === 'running') onStart?.();
          if (state === 'verified') onVerified?.();
        },
        ...(onHeld ? { onHeld, ...(heldMs === undefined ? {} : { heldMs }) } : {}),
      });
      metrics.step(step.kind, stepState(result), result.ms / 1_000);
      return result;
    } catch (error) {
      if (error instanceof WindlassError && error.code === 'host-lost') metrics.step(step.kind, 'lost', 0);
      throw error;
    }
  };
  return buildOnce(abandonSuperseded(run, { needs, pollMs: supersededPollMs }), joinLog);
}
