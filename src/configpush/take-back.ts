import { messageOf, WindlassError } from '../errors.ts';
import { actFromOutside, scriptComplaint } from './action.ts';
import type { Candidate } from './candidate.ts';
import type { Push } from './install.ts';
import { revive } from './revive.ts';
import { confirmed } from './take-effect.ts';
import type { Complaint } from './verify.ts';
import { whatBroke } from './watch.ts';

export interface TakenBack {
  readonly error: WindlassError;
  /** The old files are in place. */
  readonly undone: boolean;
  /** The process is known to be well with them. */
  readonly loaded: boolean;
}

/** Puts old files back, acts and verifies once more; says what went wrong in the first place, and whether that succeeded. */
export async function takeBack(push: Push, candidate: Candidate, complaint: Complaint): Promise<TakenBack> {
  const { step, log, fault } = push;
  log.warn({ step: step.name, reason: complaint.reason }, 'taking config files back');
  const failure = (outcome: string, more?: string) => {
    const output = [...new Set([complaint.output, more])].filter(Boolean).join('\n');
    return new WindlassError('verify', `${complaint.reason} after the new files were in place; ${outcome}`, { output });
  };
  fault('takeback:begun');
  try {
    const second = await putBack(push, candidate);
    fault('takeback:done');
    if (second) return { error: failure(`the old files are back, but ${second.reason}`, second.output), undone: true, loaded: false };
    if (candidate.changed.length === 0) return { error: failure('they had been in place before'), undone: false, loaded: false };
    return { error: failure('the old files are back'), undone: true, loaded: true };
  } catch (error) {
    const more = error instanceof WindlassError ? error.output : undefined;
    return { error: failure(`and they could not be taken back: ${messageOf(error)}`, more), undone: false, loaded: false };
  }
}

/** Whatever is wrong once more; undefined: all is as it was. */
async function putBack(push: Push, candidate: Candidate): Promise<Complaint | undefined> {
  const { engine, step, container } = push;
  if (step.action.kind === 'restart') return revived(push, candidate);
  const acted = await candidate.undo(() => push.fault('takeback:restored'));
  if (acted.kind === 'lost' || whatBroke(container, await engine.inspectContainer(container.Id))) {
    return revived(push, candidate);
  }
  if (acted.status !== 0) return scriptComplaint(step, acted.status, candidate);
  const effect = await actFromOutside(push);
  return 'complaint' in effect ? effect.complaint : confirmed(push, effect.container);
}

async function revived(push: Push, candidate: Candidate): Promise<Complaint | undefined> {
  return confirmed(push, await revive(push, candidate));
}
