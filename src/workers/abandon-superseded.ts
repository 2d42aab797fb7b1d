import { setTimeout as sleep } from 'node:timers/promises';
import { WindlassError } from '../errors.ts';
import type { StepResult } from '../model/step.ts';
import type { StepRequest } from './deploy-context.ts';

export interface Abandoning {
  /** Whether some environment's newest revision has an image with these inputs. */
  readonly needs: (inputs: string) => Promise<boolean>;
  readonly pollMs: number;
}

/**
 * Ends builds that newer pushes have made pointless, so that what was pushed is not held up by them. A build for an older revision
 * (a way back) is let alone: nothing newer can make that pointless.
 */
export function abandonSuperseded(
  run: (request: StepRequest) => Promise<StepResult>,
  { needs, pollMs }: Abandoning,
): (request: StepRequest) => Promise<StepResult> {
  return async (request) => {
    const { step, signal } = request;
    if (step.kind !== 'build-image' || !(await needs(step.inputs))) return run(request);
    const superseded = new AbortController();
    const ended = new AbortController();
    const watch = async () => {
      while (await needs(step.inputs)) await sleep(pollMs, undefined, { signal: ended.signal });
      superseded.abort(new WindlassError('fenced', 'newer pushes do not need this image any more', { permanent: false }));
    };
    watch().catch(() => {});
    try {
      return await run({ ...request, signal: AbortSignal.any([signal, superseded.signal]) });
    } catch (error) {
      if (signal.aborted || !superseded.signal.aborted) throw error;
      return { ok: true, skipped: true, ms: 0, error: { code: 'fenced', message: superseded.signal.reason.message } };
    } finally {
      ended.abort();
    }
  };
}
