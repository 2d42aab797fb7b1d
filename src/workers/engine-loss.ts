import { setTimeout as sleep } from 'node:timers/promises';
import type { StepResult } from '../model/step.ts';

/** What of the inventory tells whether the engine is there. */
export interface EnginePresence {
  /** How often the connection to the engine has broken off, and after how many of them everything has been listed again. */
  engineLosses(): { readonly all: number; readonly listed: number };
  /** Lists everything; rejects while the engine does not answer. */
  refreshAll(): Promise<void>;
}

/** Longer than a host without a sign of life needs to be lost: by then the controller knows without an answer. */
const waitMs = 20_000;

/**
 * A step that failed because its engine went away is neither done nor failed: as one whose agent went away it answers `host-lost`, and the
 * next plan says what is left of it. It answers once the engine is back and everything has been listed again, or after 20 s.
 */
export async function unlessEngineLost(
  result: StepResult,
  { listedBefore, inventory, signal }: { readonly listedBefore: number; readonly inventory: EnginePresence; readonly signal: AbortSignal },
): Promise<StepResult> {
  // What was planned from a list that is older than the last loss may be about containers that have ended with the engine.
  const broke = () => inventory.engineLosses().all !== listedBefore;
  if (result.ok || (!broke() && result.error?.code !== 'docker')) return result;
  const away = !(await listed(inventory, signal));
  if (!away && !broke()) return result;
  return { ok: false, ms: result.ms, error: { code: 'host-lost', message: `its engine went away: ${result.error?.message ?? ''}` } };
}

/** Whether the engine answered at once. */
async function listed(inventory: EnginePresence, signal: AbortSignal): Promise<boolean> {
  for (let waited = 0; waited < waitMs && !signal.aborted; waited += 1_000) {
    const done = await inventory.refreshAll().then(
      () => true,
      () => false,
    );
    if (done) return waited === 0;
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
  return false;
}
