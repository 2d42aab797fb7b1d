import { WindlassError } from '../errors.ts';
import type { StepResult } from '../model/step.ts';
import type { Run } from './dependencies.ts';

/** What became of a step that did not throw. */
export type Outcome =
  | { readonly ok: true; readonly skipped?: boolean }
  | { readonly ok: false; readonly error: WindlassError; readonly undone: boolean };

export const done: Outcome = { ok: true };
export const nothingToDo: Outcome = { ok: true, skipped: true };

/**
 * Runs a step and answers with its result. A WindlassError is a failure; anything else is a mistake of windlass and thrown on,
 * and so is the reason of an aborted signal: who was taken over does not answer.
 */
export async function resultOf(run: Run, act: () => Promise<Outcome>): Promise<StepResult> {
  const start = run.now();
  const outcome = await act().catch((error: unknown): Outcome => {
    run.signal.throwIfAborted();
    if (error instanceof WindlassError) return { ok: false, error, undone: false };
    throw error;
  });
  const ms = Math.round(run.now() - start);
  if (outcome.ok) return { ok: true, ms, ...(outcome.skipped && { skipped: true }) };
  const { code, message, output } = outcome.error;
  return { ok: false, ms, error: { code, message, ...(output !== undefined && { output }) }, ...(outcome.undone && { undone: true }) };
}
