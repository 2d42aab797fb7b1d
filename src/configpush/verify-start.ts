import { WindlassError } from '../errors.ts';
import type { Outcome, Push } from './install.ts';
import { verified } from './ledger-entries.ts';
import { confirmed } from './take-effect.ts';

/**
 * Verifies what a start of the container has brought into effect. Neither a shell nor rights are needed for that, and nothing is put over
 * what somebody may have changed since.
 */
export async function verifyStart(push: Push, signal: AbortSignal): Promise<Outcome> {
  const { ledger, container, step, progress } = push;
  if ((await progress.held(signal)) === 'release') return { kind: 'released' };
  const failed = await confirmStart(push);
  if (failed) return failed;
  await ledger.record(container.Id, (known) => verified(known, step), container.State.StartedAt);
  return { kind: 'nothing-to-do' };
}

/** What a program that starts is given at least, milliseconds: `within` may be meant for one that reloads. */
const leastMs = 10_000;

/** The verification alone; how it failed, with no files of before to put back, or undefined. */
export async function confirmStart(push: Push): Promise<Outcome | undefined> {
  const { step, container, progress } = push;
  progress.onlyWaits();
  const verify = step.verify.map((one) => ({ ...one, withinMs: Math.max(one.withinMs, leastMs) }));
  const complaint = await confirmed({ ...push, step: { ...step, verify } }, container);
  if (!complaint) return undefined;
  const { reason, output } = complaint;
  const error = new WindlassError('verify', `${reason} after a start with the new files`, output === undefined ? {} : { output });
  return { kind: 'failed', error, undone: false };
}
