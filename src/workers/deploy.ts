import type { Revision } from '../model/control.ts';
import { targetOf } from '../model/names.ts';
import type { Plan } from '../planning/plan.ts';
import { permissionOf } from './approve-plan.ts';
import { attempt } from './attempt.ts';
import type { Aim } from './bring-to.ts';
import { type Aimed, type Choice, chooseAim, deployedRevision, newestFor } from './choose-aim.ts';
import { conclude, endWell, takenOver } from './conclude.ts';
import type { DeployContext, DeployRequest } from './deploy-context.ts';
import { type DeploymentLog, openDeploymentLog } from './deployment-log.ts';
import { endRollback } from './end-rollback.ts';
import { sameRevision } from './environment-state.ts';
import type { Outcome } from './outcome.ts';
import { standingPart } from './part.ts';
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
  const before = await endRollback(request, context);
  const situation = createSituation(request, before, context);
  const current = await situation.now();
  if (!current) return;
  const choice = chooseAim(current);
  const newest = newestFor(current.newest, current.controls);
  const run: Run = { request, target, newest, before, choice, context, signal, superseded: situation.otherThan(choice) };

  if (choice.kind === 'frozen') return keepFrozen(run, choice);
  if (request.trigger === 'discovery' && !request.again && (await failedFirst(run, choice.aim.revision))) return;
  const waits = await bring(run, choice.aim, choice.kind === 'gated' ? { permit: (plan) => permit(run, choice.aim, plan) } : {});
  if (waits && choice.kind === 'gated') return keepWaiting(run, choice.kept, waits.message);
  if (await hasMadeWay(run)) return deploy(request, context, signal);
}

/** Whether what had to end first has ended, an approved deployment or a canary: what was pushed over it meanwhile is looked at now. */
async function hasMadeWay({ request: { environment, app }, choice, newest, context }: Run): Promise<boolean> {
  if (choice.pin || sameRevision(choice.wanted, newest.revision)) return false;
  const { approval, continued } = await context.controls.read(environment, app);
  return !approval?.begun && !(continued && sameRevision(continued.revision, choice.wanted));
}

/**
 * A first revision whose step failed has none before it to keep in line: its own containers' coming and going would try it for ever. A
 * reminder comes with growing pauses.
 */
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
async function keepWaiting(run: Run, kept: Aimed | undefined, message: string): Promise<void> {
  const standing = { state: 'awaiting-approval', message } as const;
  await settle(run, undefined, standing);
  if (kept) await keep(run, { kept }, standing);
}

interface Standing {
  readonly state: 'deployed' | 'held' | 'awaiting-approval';
  readonly message: string;
}

/** Like `bring`, but the outcome of what is only kept in line does not say that what is wanted is there. */
async function keep(run: Run, { kept, only }: { kept: Aimed; only?: Aim['only'] }, standing: Standing): Promise<void> {
  const history = await openDeploymentLog(run.context, { ...run.request, ...limitOf(kept), revision: kept.revision });
  const outcome = await attempt(run, { ...kept, ...(only === undefined ? {} : { only }) }, history);
  if (outcome.kind === 'fenced') throw takenOver(run);
  const well = outcome.kind === 'done' || outcome.kind === 'paused' || outcome.kind === 'limited';
  const passed = outcome.kind === 'superseded' ? outcome.reason : well ? undefined : await run.superseded();
  if (passed !== undefined) return void (await history.end('superseded', passed));
  // The entry of a canary that stands stays open until it goes on or back.
  if (well && kept.scope?.canary && run.before?.part?.canary) return settle(run, undefined, standing);
  const record = well
    ? await endWell(history, outcome.kind === 'done' ? { unserved: outcome.unserved ?? [] } : {}, '')
    : await endBadly(history, outcome);
  const link = record ? { deployment: record.id } : {};
  if (well) return settle(run, undefined, { ...standing, ...link });
  const message = [...new Set([said(outcome), standing.message])].filter((part) => part !== '').join('; ');
  await settle(run, undefined, { state: outcome.kind === 'failed' ? 'failed' : 'held', message, ...link });
}

const endBadly = async (history: DeploymentLog, outcome: Outcome) =>
  history.opened() || outcome.kind === 'failed' ? history.end('failed', said(outcome)) : undefined;

const said = (outcome: Outcome): string => ('message' in outcome ? outcome.message : '');

/** Brings the application to a revision and writes down what became of it; what it needs a person for is the answer. */
async function bring(
  run: Run,
  aim: Aimed,
  gate: Pick<Aim, 'permit'>,
): Promise<Extract<Outcome, { kind: 'awaiting-approval' }> | undefined> {
  const { request, context, choice } = run;
  const pin = choice.pin && sameRevision(choice.pin.revision, aim.revision) ? choice.pin : undefined;
  const moves = !isDeployed(run, aim.revision);
  const part = standingPart(run.before, aim);
  const standing = part !== undefined && aim.scope !== undefined;
  if (moves && !gate.permit && !standing) await settle(run, aim.revision, { state: 'deploying', message: '' });
  const entry = pin && moves ? { trigger: 'rollback' as const, restores: pin.deployment } : {};
  const history = await openDeploymentLog(context, { ...request, ...entry, ...limitOf(aim), revision: aim.revision });
  const done = moves ? context.underWay.begin(run.target, aim.revision) : () => {};
  try {
    const careful = moves && !pin;
    const unpulled = careful && !part && request.trigger !== 'discovery';
    const outcome = await attempt(run, { ...aim, ...gate, careful, unpulled, accepted: part?.canary !== undefined }, history);
    context.fault('deploy:brought');
    if (outcome.kind === 'awaiting-approval') return outcome;
    await conclude(run, { aim, pin, history }, outcome);
    context.fault('deploy:concluded');
    if (outcome.kind === 'held' && outcome.untouched && choice.kept && moves)
      await keep(run, { kept: choice.kept }, { state: 'held', message: outcome.message });
    return undefined;
  } finally {
    done();
  }
}

const limitOf = ({ scope }: Aimed) => (scope?.limit ? { limit: scope.limit } : {});

const isDeployed = ({ before }: Run, revision: Revision): boolean => {
  const deployed = deployedRevision(before);
  return deployed !== undefined && sameRevision(deployed, revision);
};
