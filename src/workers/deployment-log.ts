import type { Revision } from '../model/control.ts';
import type { DeploymentRecord, StepRecord, Trigger } from '../model/deployment.ts';
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
  /** Undefined where nothing was done. */
  end(state: 'succeeded' | 'failed' | 'rolled-back' | 'superseded', message: string): Promise<DeploymentRecord | undefined>;
  /** Whether there is an entry: a run that only waits needs none. */
  opened(): boolean;
  /** Whether any step has changed something. */
  changed(): boolean;
}

interface Subject {
  readonly environment: string;
  readonly app: string;
  readonly revision: Revision;
  readonly trigger: Trigger;
  /** Of a rollback: the deployment whose revision it brings back. */
  readonly restores?: string;
}

/** What a deployment brought its application to. */
export const revisionOf = ({ commit, sources = {} }: DeploymentRecord): Revision => ({ commit, sources });

/** Goes on with the entry of a run that a crash cut short; one for another commit is closed as superseded. */
export async function openDeploymentLog(context: DeployContext, subject: Subject): Promise<DeploymentLog> {
  const { deployments, now, mask, log } = context;
  const interrupted = await deployments.latest(subject.environment, subject.app);
  let record: DeploymentRecord | undefined;
  if (interrupted?.state === 'running') {
    if (sameRevision(revisionOf(interrupted), subject.revision)) record = interrupted;
    else
      await deployments.update(interrupted.id, {
        state: 'superseded',
        message: 'a newer revision was pushed',
        finishedAt: now().toISOString(),
      });
  }
  const steps: StepRecord[] = [...(record?.steps ?? [])];
  let changed = steps.some(({ state }) => state === 'succeeded' || state === 'undone');

  const open = async (drift = false): Promise<DeploymentRecord> => {
    if (record) return record;
    record = {
      id: context.newId(),
      environment: subject.environment,
      app: subject.app,
      commit: subject.revision.commit,
      sources: { ...subject.revision.sources },
      ...(subject.restores === undefined ? {} : { restores: subject.restores }),
      trigger: drift && subject.trigger === 'discovery' ? 'drift' : subject.trigger,
      state: 'running',
      message: '',
      startedAt: now().toISOString(),
      steps: [],
    };
    await deployments.create(record);
    const { id, trigger, commit } = record;
    log.info({ deployment: id, trigger, commit }, 'deployment started');
    return record;
  };
  const set = async (number: number, step: StepRecord) => {
    steps[number] = step;
    await deployments.setStep((await open()).id, number, step);
  };
  const describe = ({ kind, name, host, reason }: Step) => ({ kind, name, host, reason });

  // A step that was under way when a crash came is planned again if it is still due.
  for (const [number, step] of steps.entries()) {
    if (step.state === 'queued' || step.state === 'running')
      await set(number, { ...step, state: 'skipped', error: 'interrupted; planned again' });
  }

  return {
    id: async () => (await open()).id,
    addSteps: async (added, { drift } = { drift: false }) => {
      const numbers = added.map((_, i) => steps.length + i);
      await open(drift);
      await Promise.all(added.map((step, i) => set(numbers[i] ?? 0, { ...describe(step), state: 'queued' })));
      return numbers;
    },
    started: (number, step) => set(number, { ...describe(step), state: 'running' }),
    finished: async (number, step, result) => {
      const state = stepState(result);
      if (state === 'succeeded' || state === 'undone') changed = true;
      const said = result.error && [result.error.message, result.error.output].filter((part) => part).join('\n');
      await set(number, { ...describe(step), state, ms: result.ms, ...(said ? { error: mask(said) } : {}) });
    },
    opened: () => record !== undefined,
    changed: () => changed,
    end: async (state, message) => {
      if (!record && state !== 'failed' && state !== 'rolled-back') return undefined;
      // A container that keeps restarting, or a host that is away, fails again with every change seen: history says it once.
      const told = interrupted?.state === state && interrupted.message === mask(message) && interrupted.commit === subject.revision.commit;
      if (!record && told && subject.trigger === 'discovery') return interrupted;
      const ended = { ...(await open()), state, message: mask(message), finishedAt: now().toISOString(), steps };
      await deployments.update(ended.id, { state, message: ended.message, finishedAt: ended.finishedAt });
      const ms = Date.parse(ended.finishedAt) - Date.parse(ended.startedAt);
      log[state === 'failed' || state === 'rolled-back' ? 'warn' : 'info'](
        { deployment: ended.id, commit: ended.commit, state, ms, steps: steps.length, ...(message === '' ? {} : { error: ended.message }) },
        'deployment ended',
      );
      await context.ended(ended);
      return ended;
    },
  };
}
