import { WindlassError } from '../errors.ts';
import { targetOf } from '../model/names.ts';
import type { Fence, PushConfigStep, Step } from '../model/step.ts';
import type { Decision } from '../planning/decide.ts';
import type { Failure } from '../planning/failures.ts';
import type { ListLengths } from '../planning/guards.ts';
import type { Plan } from '../planning/plan.ts';
import { atRest, refusalOf } from './at-rest.ts';
import { type Calm, createCalm } from './calm.ts';
import type { Aimed } from './choose-aim.ts';
import { decideAim } from './decide-aim.ts';
import type { DeployContext } from './deploy-context.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { findAbsence } from './find-absence.ts';
import type { Outcome } from './outcome.ts';
import { createPacer } from './pacer.ts';
import { afterWave, beginning, noteSilence, type Progress } from './progress.ts';
import { refreshImages } from './refresh-images.ts';
import { runWave } from './run-wave.ts';

export interface Aim extends Aimed {
  readonly app: string;
  /** Why something else is wanted by now, which ends the run; undefined: it is not. */
  readonly superseded: () => Promise<string | undefined>;
  /** Asked once, before anything is done: an outcome means that it may not be. */
  readonly permit?: (plan: Plan) => Promise<Outcome | undefined>;
  /** A person has asked for it. */
  readonly asked?: boolean;
  /** The only kind of step that may be done; undefined: all of them. */
  readonly only?: Step['kind'];
  /** Something new: no container is touched before everybody concerned has answered and accepted it. */
  readonly careful?: boolean;
  /** Its images that are always pulled have not been asked for yet. */
  readonly unpulled?: boolean;
  /** Who waits behind a canary has accepted it before. */
  readonly accepted?: boolean;
}

/**
 * Brings an application to a revision: plans, does what can be done now, and plans again from what is there then,
 * until nothing is left. It may be stopped anywhere and called again: what is already true is no work.
 */
export async function bringTo(given: Aim, history: DeploymentLog, context: DeployContext, signal: AbortSignal): Promise<Outcome> {
  let aim = given;
  const fence = { target: targetOf(aim.environment.name, aim.app), token: await context.nextFence() };
  const now = () => context.now().getTime();
  const pace = createPacer();
  let progress = beginning(now(), aim.accepted);
  const careful = aim.careful === true && aim.environment.onLostHost !== 'skip';
  let calm: Calm | undefined;
  for (;;) {
    signal.throwIfAborted();
    const reason = await aim.superseded();
    if (reason !== undefined) return { kind: 'superseded', reason };
    const { own, decision } = await look(aim, fence, progress, context);
    const first = !progress.begun;
    progress = { ...progress, begun: true };
    if (first && (await refreshImages(aim, fence.target, decision, context, signal))) continue;
    const { plan } = decision;
    const refusal = refusalOf(decision) ?? (progress.permitted ? undefined : await aim.permit?.(own.plan));
    if (refusal) return refusal;
    progress = { ...progress, permitted: progress.permitted || plan.differences.length + plan.strangers.length > 0 };
    const { steps, absence } = await stepsNow(aim, plan, progress, context, signal);
    if (steps.length === 0) {
      progress = noteSilence(progress, absence, now());
      const rest = atRest({ aim, plan, absence, progress, now: now() });
      if (rest.kind === 'unanswered') throw new WindlassError('host-lost', rest.message, { permanent: false });
      if (rest.kind === 'end') return end(rest.outcome, { aim, progress, decision, fence }, context);
      if (rest.kind === 'follow') aim = { ...aim, scope: { ...aim.scope, canary: false } };
      else await context.inventoryChange(1_000, signal);
      continue;
    }
    calm ??= createCalm(await context.revisions.settle(aim, aim.app));
    const pauseMs = Math.max(pace.pauseMs(plan, steps, now()), calm.pauseMs(steps, now()));
    if (pauseMs > 0) {
      await context.inventoryChange(pauseMs, signal);
      continue;
    }
    context.fault('deploy:planned');
    const { failures } = progress;
    const ahead = progress.accepted ? [] : behindCanaries(plan, failures);
    const results = await runWave({
      plan,
      steps,
      ahead,
      careful,
      failures,
      asked: aim.asked === true,
      superseded: aim.superseded,
      history,
      fence,
      context,
      signal,
    });
    context.fault('deploy:waved');
    const after = afterWave(progress, results, plan);
    if (after.ending) return after.ending;
    if (after.interrupted) await context.inventoryChange(1_000, signal);
    progress = { ...after.progress, waitingSince: now() };
    pace.changed(plan, steps, progress.waitingSince);
    calm.done(steps);
  }
}

/** What is deployed by now is remembered before anybody is told. */
async function end(outcome: Outcome, { aim, progress, decision: { remember }, fence }: Ended, context: DeployContext): Promise<Outcome> {
  const { unserved } = progress;
  if (outcome.kind === 'limited') return { ...outcome, unserved };
  if (outcome.kind !== 'done') return outcome;
  if (aim.only !== undefined) return { ...outcome, unserved };
  await context.remembered.deployed(fence.target, remember);
  return { ...outcome, unserved, pulled: remember.pulled };
}

interface Ended {
  readonly aim: Aim;
  readonly progress: Progress;
  readonly decision: Decision;
  readonly fence: Fence;
}

async function look(aim: Aim, { target }: Fence, { failures, tried }: Progress, context: DeployContext) {
  const { lists, secrets = false } = await context.remembered.terms(target, aim.revision);
  const found = await decideAim(context.revisions, aim, {
    app: aim.app,
    hosts: await context.hosts(),
    terms: ({ revision }) => context.remembered.terms(target, revision),
    passOver: [...failures.map(({ name }) => name), ...tried, ...(aim.asked ? [] : context.strangers.resting(target))],
    ...(aim.asked === undefined ? {} : { asked: aim.asked }),
  });
  context.keepContents(found.decision.contents);
  context.keepSecrets(found.decision.secrets);
  if (!sameLists(found.decision.lists, lists)) await context.remembered.lists(target, found.decision.lists);
  if (found.decision.holdsSecrets && !secrets) await context.remembered.markSecrets(target);
  return found;
}

/** What of a plan is done now; while somebody is absent from what has not begun, no more than images are built. */
async function stepsNow(aim: Aim, plan: Plan, { touched }: Progress, context: DeployContext, signal: AbortSignal) {
  const possible = plan.wave.filter(({ kind }) => aim.only === undefined || kind === aim.only);
  const absence = aim.careful && !touched ? await findAbsence(aim, plan, possible, context, signal) : undefined;
  return { absence, steps: absence ? possible.filter(({ kind }) => kind === 'build-image') : possible };
}

const sameLists = (a: ListLengths, b: ListLengths): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What the containers behind standing canaries will be pushed: they stage and check it before the first of all swaps anything. */
function behindCanaries({ canaries, withheld, lost }: Plan, failures: readonly Failure[]): readonly PushConfigStep[] {
  return withheld
    .filter(({ service, host }) => canaries.some((canary) => canary.service === service) && !lost.includes(host))
    .flatMap(({ step }) => (step?.kind === 'push-config' && !failures.some(({ name }) => name === step.name) ? [step] : []));
}
