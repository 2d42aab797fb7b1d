import { messageOf, WindlassError } from '../errors.ts';
import type { Pin, Revision } from '../model/control.ts';
import { targetOf } from '../model/names.ts';
import type { Plan } from '../planning/plan.ts';
import { permissionOf } from './approve-plan.ts';
import { type Aim, bringTo } from './bring-to.ts';
import { type Choice, chooseAim, deployedRevision, keptQuestion } from './choose-aim.ts';
import type { DeployContext, DeployRequest } from './deploy-context.ts';
import { type DeploymentLog, openDeploymentLog } from './deployment-log.ts';
import { sameRevision } from './environment-state.ts';
import type { Outcome } from './outcome.ts';
import type { Question } from './revisions.ts';
import { type Run, settle } from './settle.ts';
import { createSituation } from './situation.ts';

/**
 * The deploy worker: brings one application of one environment to what is wanted now.
 * Its job carries a name, nothing else. A revision that fails is undone by bringing the application back to the one before.
 */
export async function deploy(request: DeployRequest, context: DeployContext, signal: AbortSignal): Promise<void> {
  const { environment, app } = request;
  const target = targetOf(environment, app);
  const before = await context.states.read(target);
  const situation = createSituation(request, before, context);
  const current = await situation.now();
  if (!current) return;
  const choice = chooseAim(current);
  if (current.controls.pin && !choice.pin) await context.controls.removePin(environment, app, current.controls.pin);
  const run: Run = { request, target, newest: current.newest, before, choice, context, signal, superseded: situation.otherThan(choice) };

  if (choice.kind === 'frozen') return keepFrozen(run, choice);
  if (request.trigger === 'discovery' && (await failedFirst(run, choice.aim.revision))) return;
  const waits = await bring(run, choice.aim, choice.kind === 'gated' ? { permit: (plan) => permit(run, choice.aim, plan) } : {});
  if (waits && choice.kind === 'gated') await keepWaiting(run, choice.kept, waits.message);
}

/** A first revision whose step failed has none before it to keep in line: its own containers' coming and going would try it for ever. */
async function failedFirst({ before, request, context }: Run, revision: Revision): Promise<boolean> {
  if (before?.state !== 'failed' || deployedRevision(before) || !before.failed || !sameRevision(before.failed, revision)) return false;
  const latest = await context.deployments.latest(request.environment, request.app);
  return latest?.state === 'failed' && latest.steps.some(({ state }) => state === 'failed' || state === 'undone');
}

/** Asked with the very plan that is about to be carried out: what was agreed to once goes on after a crash, too. */
async function permit(run: Run, aim: Question, plan: Plan): Promise<Outcome | undefined> {
  const { request, context } = run;
  const { environment, app } = request;
  const { approval } = await context.controls.read(environment, app);
  const permission = permissionOf(aim, plan, approval);
  switch (permission.kind) {
    case 'nothing-to-approve':
      return undefined;
    case 'approved': {
      const begun = await context.controls.setApproval(environment, app, permission.approval, { ...permission.approval, begun: true });
      if (!begun) return { kind: 'superseded', reason: 'somebody has said something else meanwhile' };
      await settle(run, aim.revision, { state: 'deploying', message: '' });
      return undefined;
    }
    case 'awaiting':
      if (approval && permission.voided) await context.controls.setApproval(environment, app, approval, permission.voided);
      return { kind: 'awaiting-approval', message: permission.reason };
  }
}

/** Under a freeze nothing is built, made, replaced, started or removed; but who lists a container that came or went is told. */
async function keepFrozen(run: Run, { kept, freeze, wanted }: Extract<Choice, { kind: 'frozen' }>): Promise<void> {
  const nothingNew = kept !== undefined && sameRevision(kept.revision, wanted) && run.before?.state === 'deployed';
  const standing = nothingNew
    ? ({ state: 'deployed', message: '' } as const)
    : ({ state: 'held', message: frozenMessage(freeze) } as const);
  if (!kept) return settle(run, undefined, standing);
  await keep(run, { kept, only: 'push-config' }, standing);
}

export const frozenMessage = ({ by, since, reason }: { readonly by: string; readonly since: string; readonly reason: string }): string =>
  `frozen by ${by} since ${since}${reason === '' ? '' : `: ${reason}`}`;

/** What is deployed is kept in line while a newer revision waits for a person. */
async function keepWaiting(run: Run, kept: Question | undefined, message: string): Promise<void> {
  const standing = { state: 'awaiting-approval', message } as const;
  await settle(run, undefined, standing);
  if (kept) await keep(run, { kept }, standing);
}

interface Standing {
  readonly state: 'deployed' | 'held' | 'awaiting-approval';
  readonly message: string;
}

/** Like `bring`, but the outcome of what is only kept in line does not say that what is wanted is there. */
async function keep(run: Run, { kept, only }: { kept: Question; only?: Aim['only'] }, standing: Standing): Promise<void> {
  const history = await openDeploymentLog(run.context, { ...run.request, revision: kept.revision });
  const outcome = await attempt(run, { ...kept, ...(only === undefined ? {} : { only }) }, history);
  if (outcome.kind === 'fenced') throw takenOver(run);
  if (outcome.kind === 'superseded') return void (await history.end('superseded', outcome.reason));
  const well = outcome.kind === 'done';
  const record =
    well || history.opened() || outcome.kind === 'failed' ? await history.end(well ? 'succeeded' : 'failed', said(outcome)) : undefined;
  const link = record ? { deployment: record.id } : {};
  if (well) return settle(run, undefined, { ...standing, ...link });
  const message = standing.message === '' ? said(outcome) : `${said(outcome)}; ${standing.message}`;
  await settle(run, undefined, { state: outcome.kind === 'failed' ? 'failed' : 'held', message, ...link });
}

const said = (outcome: Outcome): string => ('message' in outcome ? outcome.message : '');

/** Brings the application to a revision and writes down what became of it; what it needs a person for is the answer. */
async function bring(
  run: Run,
  aim: Question,
  gate: Pick<Aim, 'permit'>,
): Promise<Extract<Outcome, { kind: 'awaiting-approval' }> | undefined> {
  const { request, context, choice } = run;
  const pin = choice.pin && sameRevision(choice.pin.revision, aim.revision) ? choice.pin : undefined;
  const moves = !isDeployed(run, aim.revision);
  if (moves && !gate.permit) await settle(run, aim.revision, { state: 'deploying', message: '' });
  const entry = pin && moves ? { trigger: 'rollback' as const, restores: pin.deployment } : {};
  const history = await openDeploymentLog(context, { ...request, ...entry, revision: aim.revision });
  const done = moves ? context.underWay.begin(run.target, aim.revision) : () => {};
  try {
    const outcome = await attempt(run, { ...aim, ...gate }, history);
    context.fault('deploy:brought');
    if (outcome.kind === 'awaiting-approval') return outcome;
    await conclude(run, { aim, pin, history }, outcome);
    return undefined;
  } finally {
    done();
  }
}

const isDeployed = ({ before }: Run, revision: Revision): boolean => {
  const deployed = deployedRevision(before);
  return deployed !== undefined && sameRevision(deployed, revision);
};

/** What cannot be planned (a formula that never ends) has failed like what cannot be done; only what may pass is thrown, to be tried again. */
async function attempt(
  run: Run,
  aim: Question & Pick<Aim, 'permit' | 'only'> & { readonly takesBack?: true },
  history: DeploymentLog,
): Promise<Outcome> {
  const { request, context, signal } = run;
  const superseded = aim.takesBack ? async () => undefined : run.superseded;
  try {
    const asked = request.trigger === 'manual';
    return await bringTo({ ...aim, app: request.app, superseded, asked }, history, context, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    if (!(error instanceof WindlassError) || !error.permanent) {
      // It is tried again with growing pauses; until then status says why nothing moves.
      await settle(run, aim.revision, { state: 'deploying', message: messageOf(error) });
      throw error;
    }
    return { kind: 'failed', message: error.message };
  }
}

interface Brought {
  readonly aim: Question;
  readonly pin: Pin | undefined;
  readonly history: DeploymentLog;
}

async function conclude(run: Run, { aim, pin, history }: Brought, outcome: Exclude<Outcome, { kind: 'awaiting-approval' }>): Promise<void> {
  switch (outcome.kind) {
    case 'done': {
      const message = pin ? pinMessage(pin) : '';
      const record = await history.end('succeeded', message, outcome.pulled);
      await settle(run, aim.revision, {
        state: 'deployed',
        message,
        deployed: { ...aim, pulled: outcome.pulled },
        ...(record ? { deployment: record.id } : {}),
      });
      return useUp(run, aim.revision);
    }
    case 'superseded':
      await history.end('superseded', outcome.reason);
      return;
    case 'held':
      if (history.opened()) await history.end('failed', outcome.message);
      return settle(run, aim.revision, { state: 'held', message: outcome.message });
    case 'fenced':
      throw takenOver(run);
    case 'failed':
      await fail(run, aim, outcome, history);
      return useUp(run, aim.revision);
  }
}

export const pinMessage = ({ from, by, at }: Pin): string =>
  `rolled back from ${from.slice(0, 7)} by ${by} at ${at}; waits for a newer commit`;

const takenOver = ({ target }: Run) => new WindlassError('fenced', `another run has taken over ${target}`, { permanent: false });

/** An approval is for one attempt. */
async function useUp({ request: { environment, app }, context }: Run, revision: Revision): Promise<void> {
  const { approval } = await context.controls.read(environment, app);
  if (approval && (approval.void !== undefined || sameRevision(approval.revision, revision)))
    await context.controls.setApproval(environment, app, approval, undefined);
}

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** Takes back what a failed revision has changed, by the same way forward: the plan to the revision before. */
async function fail(run: Run, aim: Question, { message: reason, stays }: Failed, history: DeploymentLog): Promise<void> {
  const earlier = keptQuestion({ newest: run.newest, state: run.before });
  const worthwhile = !stays && history.changed() && earlier !== undefined && !sameRevision(earlier.revision, aim.revision);
  const outcome = worthwhile ? await attempt(run, { ...earlier, takesBack: true }, history) : undefined;
  if (outcome?.kind === 'fenced') throw takenOver(run);
  const trouble = outcome?.kind === 'failed' || outcome?.kind === 'held' ? `; the way back failed too: ${outcome.message}` : '';
  const back = outcome ? outcome.kind === 'done' : !stays && history.changed() && earlier !== undefined;
  const message = `${reason}${trouble}`;
  const record = await history.end(back ? 'rolled-back' : 'failed', message);
  // Only a revision that failed before is passed over for an older one: what is not tried again is what is wanted either way.
  const failed = run.choice.wanted;
  await settle(run, aim.revision, { state: 'failed', message, failed, ...(record ? { deployment: record.id } : {}) });
}
