import { WindlassError } from '../errors.ts';
import { createSharing } from '../imagebuild/sharing.ts';
import type { StepResult } from '../model/step.ts';
import type { DeployContext, StepRequest } from './deploy-context.ts';
import { issuesMessage } from './outcome.ts';

/**
 * Builds every image of an environment's revision that is not built yet, used or not, parents first.
 * What no deployment needs comes after the deployments, so that it holds none of them up.
 */
export async function buildImages(
  { environment }: { readonly environment: string },
  context: Pick<DeployContext, 'environment' | 'revisions' | 'hosts' | 'runStep' | 'inventoryChange'> & {
    readonly deploying: (environment: string) => Promise<boolean>;
    readonly frozen: (environment: string) => Promise<boolean>;
  },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    while (await context.deploying(environment)) await context.inventoryChange(1_000, signal);
    const state = await context.environment(environment);
    if (!state?.revision || (await context.frozen(environment))) return;
    const { differences, issues } = await context.revisions.images({ ...state, revision: state.revision, hosts: await context.hosts() });
    if (issues.length > 0) throw new WindlassError('repository', issuesMessage(issues));
    const due = differences.flatMap(({ step }) => step ?? []);
    if (due.length === 0) return;
    const fence = { target: `${environment}/images`, token: 0 };
    const results = await Promise.all(due.map((step) => context.runStep({ step, fence, deployment: '', signal })));
    const failed = results.find(({ ok }) => !ok);
    if (failed)
      throw new WindlassError(
        'build',
        failed.error?.message ?? 'an image did not build',
        failed.error?.output ? { output: failed.error.output } : {},
      );
  }
}

/** Lets those who need the same image built share one build: it ends early only when the last of them has been stopped. */
export function buildOnce(run: (request: StepRequest) => Promise<StepResult>): (request: StepRequest) => Promise<StepResult> {
  const sharing = createSharing<StepResult>();
  return async (request) => {
    if (request.step.kind !== 'build-image') return run(request);
    let mine = false;
    const shared = sharing.run(request.step.inputs, request.signal, (signal) => {
      mine = true;
      return run({ ...request, signal });
    });
    if (mine) return shared;
    request.onStart?.();
    const result = await shared;
    return result.ok ? { ...result, skipped: true } : result;
  };
}
