import { setTimeout as sleep } from 'node:timers/promises';
import { WindlassError } from '../errors.ts';
import type { PushConfigStep } from '../model/step.ts';
import { actFromOutside, scriptComplaint } from './action.ts';
import type { Acted, Candidate } from './candidate.ts';
import { confirm } from './confirm.ts';
import type { Push } from './install.ts';
import type { Complaint } from './verify.ts';
import { whatBroke } from './watch.ts';

/**
 * What is wrong after the swap and the script's part of the action, once the agent has done its own and verified; undefined: all is well.
 */
export async function complaintAfter(push: Push, candidate: Candidate, acted: Acted): Promise<Complaint | undefined> {
  const { step, fault } = push;
  if (acted.kind === 'lost') return whatHappened(push, candidate);
  if (acted.status !== 0) return scriptComplaint(step, acted.status, candidate);
  const effect = await actFromOutside(push);
  if ('complaint' in effect) return effect.complaint;
  fault('push:acted');
  // Containers that restart come up in the places there are, not all of them at once.
  if (step.action.kind !== 'restart') push.progress.onlyWaits();
  return confirmed(push, effect.container);
}

/** The process that a bare signal kills is dead within milliseconds; one second tells, unless `monitor` says how long. */
const signalledMs = 1000;

/** Verifies the container as it now runs, and watches it as long as the action calls for. */
export async function confirmed(push: Push, before: Push['container']): Promise<Complaint | undefined> {
  const { engine, now, step } = push;
  if (step.action.kind === 'none' && step.verify.length === 0) return undefined;
  const fresh = before.State.StartedAt !== push.container.State.StartedAt;
  return confirm({
    engine,
    now,
    before,
    verify: step.verify,
    watchMs: watchMs(step, fresh),
    healthMs: step.action.kind === 'none' ? 0 : step.monitorMs,
    fresh,
    onVerified: push.progress.verified,
  });
}

function watchMs({ action, monitorMs, watchMs: declared }: PushConfigStep, fresh: boolean): number {
  if (fresh) return monitorMs;
  return action.kind === 'none' ? 0 : (declared ?? Math.min(monitorMs, signalledMs));
}

const diesWithinMs = 2000;

/** The script is gone: with its container, which the engine may tell a moment later, or only the connection to it. */
async function whatHappened({ engine, container, step, now }: Push, candidate: Candidate): Promise<Complaint> {
  const start = now();
  while (now() - start < diesWithinMs) {
    const broke = whatBroke(container, await engine.inspectContainer(container.Id));
    if (broke) return { reason: broke, output: candidate.output() };
    await sleep(100);
  }
  throw new WindlassError(
    'docker',
    `lost the connection to ${step.name} while its files were swapped; the next run finds out how far it got`,
    {
      permanent: false,
    },
  );
}
