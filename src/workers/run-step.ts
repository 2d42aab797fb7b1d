import { tracedBack } from '../configpush/trace-back.ts';
import { messageOf, WindlassError } from '../errors.ts';
import { type Log, withLogFields } from '../log.ts';
import type {
  AdoptContainerStep,
  BuildImageStep,
  Fence,
  FileToInstall,
  PushConfigStep,
  RecreateContainerStep,
  RemoveContainerStep,
  RunJobStep,
  Step,
  StepResult,
} from '../model/step.ts';
import type { StepProgress } from '../model/step-progress.ts';
import { type EnginePresence, unlessEngineLost } from './engine-loss.ts';
import type { FenceGuard } from './fence-guard.ts';
import type { StepTurns } from './step-turns.ts';

/** The agent's hands: one function per kind of step. */
export interface StepHands {
  readonly buildImage: (
    step: BuildImageStep,
    onLine: (line: string) => void,
    signal: AbortSignal,
  ) => Promise<{ readonly skipped?: boolean }>;
  readonly adopt: (step: AdoptContainerStep, signal: AbortSignal) => Promise<StepResult>;
  readonly recreate: (step: RecreateContainerStep, signal: AbortSignal) => Promise<StepResult>;
  readonly push: (step: PushConfigStep, signal: AbortSignal, progress: StepProgress) => Promise<StepResult>;
  readonly remove: (step: RemoveContainerStep, signal: AbortSignal) => Promise<StepResult>;
  readonly runJob: (step: RunJobStep, signal: AbortSignal) => Promise<StepResult>;
}

export interface StepContext {
  readonly hands: StepHands;
  readonly fences: FenceGuard;
  readonly turns: StepTurns;
  /** Redis's picture of the host, brought up to date before the result is told: the next plan must see what this step did. */
  readonly inventory: EnginePresence & { refresh(container: string): Promise<void>; refreshImages(): Promise<void> };
  readonly appendLog: (deployment: string, step: string, line: string) => void;
  readonly progress: StepProgress;
  /** The bytes of a hash. */
  contents(hash: string): Promise<Uint8Array>;
  readonly now: () => number;
  readonly log: Log;
}

export interface StepOrder {
  readonly step: Step;
  readonly fence: Fence;
  readonly deployment: string;
  readonly pushes?: readonly string[] | undefined;
}

/** Does one step on this host. Whatever goes wrong is a result, not an error: the controller decides what follows. */
export async function runStep(
  { step, fence, deployment, pushes }: StepOrder,
  context: StepContext,
  signal: AbortSignal,
): Promise<StepResult> {
  const { log, now } = context;
  const started = now();
  const listedBefore = context.inventory.engineLosses().listed;
  const fields = { kind: step.kind, name: step.name, deployment, pushes };
  log.info({ ...fields, reason: step.reason }, 'step started');
  let result: StepResult;
  try {
    result = await withLogFields({ deployment, pushes }, async () => {
      const done = await inTurn(step, fence, context, signal, (mine) => act(step, deployment, context, mine));
      await refresh(step, context);
      return done;
    });
  } catch (error) {
    await refresh(step, context).catch(() => {});
    result = { ok: false, ms: 0, error: describe(error) };
  }
  const ended = await unlessEngineLost(result, { listedBefore, inventory: context.inventory, signal });
  const timed = { ...(await explained(ended, step, context)), ms: now() - started };
  if (timed.ok) log.info({ ...fields, ms: timed.ms, skipped: timed.skipped }, 'step ended');
  else log.warn({ ...fields, ms: timed.ms, code: timed.error?.code, error: timed.error?.message, undone: timed.undone }, 'step failed');
  return timed;
}

/** What a tool said, with the lines of templates behind those of the files made from them. */
async function explained(result: StepResult, step: Step, { contents }: StepContext): Promise<StepResult> {
  const { error } = result;
  if (!error?.output) return result;
  return { ...result, error: { ...error, output: await tracedBack(error.output, filesOf(step), contents) } };
}

function filesOf(step: Step): readonly FileToInstall[] {
  if (step.kind === 'push-config') return step.all;
  return step.kind === 'recreate-container' || step.kind === 'run-job' ? step.container.files : [];
}

/** A build changes no container, and several applications may wait for the same one: it is nobody's to take over. */
async function inTurn(
  step: Step,
  fence: Fence,
  { fences, turns }: StepContext,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<StepResult>,
): Promise<StepResult> {
  if (step.kind === 'build-image') return work(signal);
  await fences.pass(fence);
  return turns.run(fence, step.name, signal, work);
}

async function act(step: Step, deployment: string, { hands, appendLog, progress }: StepContext, signal: AbortSignal): Promise<StepResult> {
  switch (step.kind) {
    case 'build-image': {
      const { skipped } = await hands.buildImage(step, (line) => appendLog(deployment, step.name, line), signal);
      return { ok: true, ms: 0, ...(skipped ? { skipped } : {}) };
    }
    case 'adopt-container':
      return hands.adopt(step, signal);
    case 'recreate-container':
      return hands.recreate(step, signal);
    case 'push-config':
      return hands.push(step, signal, progress);
    case 'remove-container':
      return hands.remove(step, signal);
    case 'run-job':
      return hands.runJob(step, signal);
  }
}

/** A push touches one container; everything else may have made, renamed or removed several. */
async function refresh(step: Step, { inventory }: StepContext): Promise<void> {
  if (step.kind === 'push-config') return inventory.refresh(step.container);
  if (step.kind === 'build-image') return inventory.refreshImages();
  return inventory.refreshAll();
}

function describe(error: unknown): NonNullable<StepResult['error']> {
  if (!(error instanceof WindlassError)) return { code: 'unexpected', message: messageOf(error) };
  return { code: error.code, message: error.message, ...(error.output === undefined ? {} : { output: error.output }) };
}
