import { createSharing } from '../imagebuild/sharing.ts';
import type { StepResult } from '../model/step.ts';
import type { StepRequest } from './deploy-context.ts';

/** Has a deployment read along what another one's step says, from its beginning, until it is told to stop; all of it is there then. */
export type JoinLog = (join: { readonly from: string; readonly to: string; readonly step: string }) => { stop(): Promise<void> };

/**
 * Lets those who need the same image built share one build, and its log: it ends early only when the last of them has been stopped.
 */
export function buildOnce(
  run: (request: StepRequest) => Promise<StepResult>,
  joinLog: JoinLog,
): (request: StepRequest) => Promise<StepResult> {
  const sharing = createSharing<StepResult>();
  /** Whose log a build writes to, by the inputs of its image. */
  const builders = new Map<string, string>();
  return async (request) => {
    const { step, deployment } = request;
    if (step.kind !== 'build-image') return run(request);
    let mine = false;
    const shared = sharing.run(step.inputs, request.signal, (signal) => {
      mine = true;
      builders.set(step.inputs, deployment);
      return run({ ...request, signal }).finally(() => {
        if (builders.get(step.inputs) === deployment) builders.delete(step.inputs);
      });
    });
    if (mine) return shared;
    request.onStart?.();
    const joined = joinLog({ from: builders.get(step.inputs) ?? deployment, to: deployment, step: step.name });
    const result = await shared.finally(joined.stop);
    return result.ok ? { ...result, skipped: true } : result;
  };
}
