import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { EngineError } from '../docker/errors.ts';
import { messageOf } from '../errors.ts';
import type { StepVerify } from '../model/step.ts';
import { runTool } from './run-tool.ts';
import { toolOutput } from './tool-output.ts';
import { isDue, isOver, type Pending } from './tries.ts';
import { addressOf, attempt, type Complaint } from './verify.ts';
import { checkIntervalMs, checksSince, healthDeadlineMs, isHealthy, whatBroke } from './watch.ts';

export interface Confirmation {
  readonly engine: Engine;
  readonly now: () => number;
  /** The container as the action found or made it. */
  readonly before: ContainerInspect;
  readonly verify: readonly StepVerify[];
  /** How long it is watched at least, milliseconds. */
  readonly watchMs: number;
  /** Until when one that was healthy may leave open whether it still is, milliseconds. */
  readonly healthMs: number;
  /** Just started: its healthcheck, where it has one, must pass first. */
  readonly fresh: boolean;
  /** Called when every verification has passed and only the watching is left; not where there is none. */
  readonly onVerified: () => void;
}

const pauseMs = 100;
/** Between two looks at a process that has nothing left to prove: many are watched while others are still pushed. */
const watchPauseMs = 250;
/** An attempt over the network that hangs leaves time for another; one that begins in time is let end, so that it can say why. */
const attemptMs = { longest: 2000, shortest: 500 };

/** Verifies until every verification has passed and the process was well for the whole time; what was wrong otherwise. */
export async function confirm(confirmation: Confirmation): Promise<Complaint | undefined> {
  const { engine, now, before, watchMs } = confirmation;
  const start = now();
  let pending: readonly Pending[] = confirmation.verify.map((verify) => ({ verify, tries: 0 }));
  let toVerify = pending.length > 0;
  let first: ContainerInspect | undefined;
  for (;;) {
    const elapsed = () => now() - start;
    const due = pending.filter((one) => isDue(one, elapsed()));
    const tried = await Promise.all(due.map((one) => tryAgain(confirmation, one, elapsed())));
    const found = await engine.inspectContainer(before.Id);
    const broke = whatBroke(before, found);
    if (broke) return { reason: broke };
    first ??= found;
    const failed = tried.filter(({ complaint }) => complaint);
    const last = failed.find((one) => isOver(one, elapsed()));
    if (last) return last.complaint;
    pending = [...pending.filter((one) => !due.includes(one)), ...failed];
    const health = healthOf(confirmation, found ?? before, elapsed());
    if (health === 'late') return { reason: `it was not healthy within ${Math.round(elapsed() / 1000)} s` };
    if (pending.length === 0 && health === 'well') {
      const doubt = doubtAbout(confirmation, first, found, elapsed());
      if (elapsed() >= watchMs && doubt !== 'wait') return doubt;
      if (toVerify) confirmation.onVerified();
      toVerify = false;
    }
    await sleep(pending.length > 0 || health === 'waiting' ? pauseMs : Math.min(watchPauseMs, Math.max(pauseMs, watchMs - elapsed())));
  }
}

type Tried = Pending & { readonly complaint: Complaint | undefined };

async function tryAgain(confirmation: Confirmation, { verify, tries }: Pending, elapsedMs: number): Promise<Tried> {
  return { verify, tries: tries + 1, complaint: await tryOnce(confirmation, verify, verify.withinMs - elapsedMs) };
}

function tryOnce({ engine, before }: Confirmation, verify: StepVerify, leftMs: number): Promise<Complaint | undefined> {
  const user = before.Config.User || '0';
  const run = (argv: readonly string[], withinMs: number) => runTool(engine, before.Id, { argv, user, withinMs });
  const withinMs =
    verify.kind === 'exec' ? Math.max(leftMs, attemptMs.longest) : Math.max(Math.min(leftMs, attemptMs.longest), attemptMs.shortest);
  return attempt(verify, { ip: addressOf(before), run }, withinMs).catch((error: unknown) => {
    if (isLost(error)) throw error;
    return { reason: messageOf(error) };
  });
}

/** The engine did not answer, or was started anew and knows the exec no more: the program has said nothing against the files. */
const isLost = (error: unknown): boolean => error instanceof EngineError && (error.status === undefined || error.status === 404);

/**
 * Its own healthcheck, where it has one that runs often enough, is asked too: the first that passes is enough. One that has only failed by
 * the end is a complaint, for the engine calls a container unhealthy after several failures, and that may take minutes.
 */
function doubtAbout(
  { fresh, before, healthMs }: Confirmation,
  first: ContainerInspect | undefined,
  now: ContainerInspect | undefined,
  elapsedMs: number,
): Complaint | 'wait' | undefined {
  if (fresh || !first || !now || !isHealthy(before) || checkIntervalMs(before) > healthMs) return undefined;
  const checks = checksSince(first, now);
  if (checks === 'passed') return undefined;
  if (elapsedMs < healthMs) return 'wait';
  if (checks === 'none') return undefined;
  return { reason: 'its healthcheck has failed ever since', output: toolOutput(now.State.Health?.Log?.at(-1)?.Output ?? '') };
}

function healthOf({ fresh, before }: Confirmation, now: ContainerInspect, elapsedMs: number): 'well' | 'waiting' | 'late' {
  const deadline = fresh ? healthDeadlineMs(before) : undefined;
  if (deadline === undefined || isHealthy(now)) return 'well';
  return elapsedMs > deadline + 30_000 ? 'late' : 'waiting';
}
