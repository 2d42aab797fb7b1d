import type { Revision } from '../model/control.ts';
import type { DeploymentRecord, PulledImages, StepRecord, Trigger } from '../model/deployment.ts';
import type { Reach } from '../model/scope.ts';
import type { Step, StepResult } from '../model/step.ts';
import type { DeployContext } from './deploy-context.ts';
import { sameRevision } from './environment-state.ts';
import { stepState } from './outcome.ts';

/** The history entry of one attempt. It is made with the first step or failure: a run that finds nothing to do leaves none. */
export interface DeploymentLog {
  readonly id: () => Promise<string>;
  /** Adds the steps of a wave, queued; each gets its number. `drift`: all they do is to put right what somebody else has changed. */
  addSteps(steps: readonly Step[], about?: { readonly drift: boolean }): Promise<readonly number[]>;
  started(number: number, step: Step): Promise<void>;
  finished(number: number, step: Step, result: StepResult): Promise<void>;
  /** What there is to say of it while it goes on, or waits. */
  note(message: string): Promise<void>;
  /** Undefined where nothing was done. */
  end(state: EndState, message: string, pulled?: PulledImages): Promise<DeploymentRecord | undefined>;
  /** Whether there is an entry: a run that only waits needs none. */
  opened(): boolean;
  /** Whether any step has changed something. */
  changed(): boolean;
  /** Whether a step has failed behind a change that it could not take back. */
  remains(): boolean;
  /** Whether a step was cut short by a death, and may have changed something that nobody knows of. */
  cutShort(): boolean;
}

type EndState = 'succeeded' | 'failed' | 'rolled-back' | 'superseded';

interface Subject {
  readonly environment: string;
  readonly app: string;
  readonly revision: Revision;
  readonly trigger: Trigger;
  /** Of a rollback: the deployment whose revision it brings back. */
  readonly restores?: string;
  /** The only containers that it is for. */
  readonly limit?: Reach;
}

/** What a deployment brought its application to. */
export const revisionOf = ({ commit, sources = {} }: DeploymentRecord): Revision => ({ commit, sources });

const interruption = 'interrupted; planned again';

/** Goes on with the entry of a run that a crash cut short; one for another commit is closed as superseded. */
export async function openDeploymentLog(context: DeployContext, subject: Subject): Promise<DeploymentLog> {
  const interrupted = await context.deployments.latest(subject.environment, subject.app);
  const entry = createEntry(context, subject, await resumed(context, subject, interrupted));
  let changed = entry.steps.some(({ state }) => state === 'succeeded' || state === 'undone');
  // A step that was under way when a crash came is planned again if it is still due.
  for (const [number, step] of entry.steps.entries()) {
    if (step.state === 'queued' || step.state === 'running') await entry.set(number, { ...step, state: 'skipped', error: interruption });
  }
  let remains = false;
  let cutShort = entry.steps.some(({ kind, error }) => kind !== 'build-image' && error === interruption);
  return {
    id: async () => (await entry.open()).id,
    addSteps: async (added, { drift } = { drift: false }) => {
      // Builds, pushes and others are added side by side: numbers are taken before anything is waited for.
      const numbers = added.map((step) => entry.steps.push({ ...describe(step), state: 'queued' }) - 1);
      await entry.open(drift);
      await Promise.all(added.map((step, i) => entry.set(numbers[i] ?? 0, { ...describe(step), state: 'queued' })));
      return numbers;
    },
    started: (number, step) => entry.set(number, { ...describe(step), state: 'running' }),
    finished: async (number, step, result) => {
      const state = stepState(result);
      if (result.error?.code === 'verify' && !result.undone) remains = true;
      if (state === 'succeeded' || state === 'undone' || remains) changed = true;
      if (result.error?.code === 'host-lost' && step.kind !== 'build-image') cutShort = true;
      const said = result.error && [result.error.message, result.error.output].filter((part) => part).join('\n');
      await entry.set(number, { ...describe(step), state, ms: result.ms, ...(said ? { error: context.mask(said) } : {}) });
    },
    note: entry.note,
    opened: () => entry.opened() !== undefined,
    changed: () => changed,
    remains: () => remains,
    cutShort: () => cutShort,
    end: async (state, message, pulled) => {
      if (!entry.opened() && state !== 'failed' && state !== 'rolled-back') return undefined;
      if (!entry.opened() && isTold(context, subject, interrupted, state, message)) return interrupted;
      const about = { ...(pulled ? { pulled } : {}), ...(subject.limit ? { limit: subject.limit } : {}) };
      const ended = { ...(await entry.open()), state, message: context.mask(message), steps: entry.steps, ...about };
      return conclude(context, { ...ended, finishedAt: context.now().toISOString() });
    },
  };
}

/** The entry that is gone on with; undefined where there is none. */
async function resumed(
  { deployments, now }: DeployContext,
  { revision, trigger }: Subject,
  interrupted: DeploymentRecord | undefined,
): Promise<DeploymentRecord | undefined> {
  if (interrupted?.state !== 'running') return undefined;
  if (sameRevision(revisionOf(interrupted), revision)) return interrupted;
  await deployments.update(interrupted.id, {
    state: 'superseded',
    message: trigger === 'rollback' ? 'rolled back meanwhile' : 'a newer revision was pushed',
    finishedAt: now().toISOString(),
  });
  return undefined;
}

/** A record of the history and its steps; it is made when it is opened. */
function createEntry({ deployments, newId, now, log }: DeployContext, subject: Subject, resuming: DeploymentRecord | undefined) {
  const { environment, app, revision, restores, limit, trigger } = subject;
  const steps: StepRecord[] = [...(resuming?.steps ?? [])];
  let record = resuming;
  const open = async (drift = false): Promise<DeploymentRecord> => {
    if (record) return record;
    record = {
      id: newId(),
      environment,
      app,
      commit: revision.commit,
      sources: { ...revision.sources },
      ...(restores === undefined ? {} : { restores }),
      ...(limit ? { limit } : {}),
      trigger: drift && trigger === 'discovery' ? 'drift' : trigger,
      state: 'running',
      message: '',
      startedAt: now().toISOString(),
      steps: [],
    };
    await deployments.create(record);
    log.info({ deployment: record.id, trigger: record.trigger, commit: record.commit }, 'deployment started');
    return record;
  };
  const set = async (number: number, step: StepRecord) => {
    steps[number] = step;
    await deployments.setStep((await open()).id, number, step);
  };
  const note = async (message: string) => {
    if (!record || record.message === message) return;
    record = { ...record, message };
    await deployments.update(record.id, { message });
  };
  return { steps, open, set, note, opened: () => record };
}

const describe = ({ kind, name, host, reason }: Step) => ({ kind, name, host, reason });

/** What fails again with every change seen (a container that keeps restarting), or at every start, history says once. */
const isTold = (
  { mask }: DeployContext,
  { revision, trigger }: Subject,
  last: DeploymentRecord | undefined,
  state: EndState,
  message: string,
): boolean =>
  (trigger === 'discovery' || trigger === 'poll') &&
  last?.state === state &&
  last.message === mask(message) &&
  sameRevision(revisionOf(last), revision);

async function conclude(context: DeployContext, ended: DeploymentRecord & { readonly finishedAt: string }): Promise<DeploymentRecord> {
  const { id, commit, state, message, finishedAt, pulled, limit, steps } = ended;
  await context.deployments.update(id, { state, message, finishedAt, ...(pulled ? { pulled } : {}), ...(limit ? { limit } : {}) });
  const ms = Date.parse(finishedAt) - Date.parse(ended.startedAt);
  context.log[state === 'failed' || state === 'rolled-back' ? 'warn' : 'info'](
    { deployment: id, commit, state, ms, steps: steps.length, ...(message === '' ? {} : { error: message }) },
    'deployment ended',
  );
  await context.ended(ended);
  return ended;
}
