import { targetOf } from '../model/names.ts';
import type { Step } from '../model/step.ts';
import type { Decision } from '../planning/decide.ts';
import { callFor, type Failure } from '../planning/failures.ts';
import type { ListLengths } from '../planning/guards.ts';
import type { Plan } from '../planning/plan.ts';
import { type Calm, createCalm } from './calm.ts';
import type { DeployContext } from './deploy-context.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { failureMessage, issuesMessage, type Outcome } from './outcome.ts';
import { createPacer } from './pacer.ts';
import type { Question } from './revisions.ts';
import { failureOf, runWave } from './run-wave.ts';

/** How often an interrupted step (its agent restarted) is planned again in one run. */
const interruptionsAllowed = 30;

export interface Aim extends Question {
  readonly app: string;
  /** Why something else is wanted by now, which ends the run; undefined: it is not. */
  readonly superseded: () => Promise<string | undefined>;
  /** Asked once, before anything is done: an outcome means that it may not be. */
  readonly permit?: (plan: Plan) => Promise<Outcome | undefined>;
  /** A person has asked for it. */
  readonly asked?: boolean;
  /** The only kind of step that may be done; undefined: all of them. */
  readonly only?: Step['kind'];
}

/**
 * Brings an application to a revision: plans, does what can be done now, and plans again from what is there then,
 * until nothing is left. It may be stopped anywhere and called again: what is already true is no work.
 */
export async function bringTo(aim: Aim, history: DeploymentLog, context: DeployContext, signal: AbortSignal): Promise<Outcome> {
  const token = await context.nextFence();
  const fence = { target: targetOf(aim.environment.name, aim.app), token };
  let waitingSince = context.now().getTime();
  let interruptions = 0;
  let permitted = false;
  const pace = createPacer();
  let calm: Calm | undefined;
  const failures: (Failure & { readonly message: string })[] = [];
  for (;;) {
    signal.throwIfAborted();
    const reason = await aim.superseded();
    if (reason !== undefined) return { kind: 'superseded', reason };
    const passOver = failures.map(({ name }) => name);
    const decision = await decideNow(aim, fence.target, passOver, context);
    if (decision.issues.length > 0) return { kind: 'failed', message: issuesMessage(decision.issues) };
    if (decision.homeless.length > 0) return { kind: 'held', message: issuesMessage(decision.homeless) };
    const refusal = permitted ? undefined : await aim.permit?.(decision.plan);
    if (refusal) return refusal;
    permitted ||= decision.plan.differences.length > 0;
    const steps = decision.plan.wave.filter(({ kind }) => aim.only === undefined || kind === aim.only);
    if (steps.length === 0) {
      const outcome = aim.only === undefined ? rest(decision, context.now().getTime() - waitingSince) : guarded(decision.plan);
      if (outcome?.kind === 'done') {
        await context.remembered.deployed(fence.target, decision.remember);
        return { ...outcome, pulled: decision.remember.pulled };
      }
      const [first] = failures;
      if (outcome?.kind === 'failed' && first) return { kind: 'failed', message: first.message, stays: true };
      if (outcome) return outcome;
      await context.inventoryChange(1_000, signal);
      continue;
    }
    calm ??= createCalm(await context.revisions.settle(aim, aim.app));
    const now = context.now().getTime();
    const pauseMs = Math.max(pace.pauseMs(decision.plan, steps, now), calm.pauseMs(steps, now));
    if (pauseMs > 0) {
      await context.inventoryChange(pauseMs, signal);
      continue;
    }
    context.fault('deploy:planned');
    const results = await runWave({ plan: decision.plan, steps, failures, superseded: aim.superseded, history, fence, context, signal });
    context.fault('deploy:waved');
    if (results.some(({ result }) => result.error?.code === 'fenced')) return { kind: 'fenced' };
    const failed = results.filter(({ result }) => !result.ok && result.error?.code !== 'host-lost');
    failures.push(...failed.map((one) => ({ ...failureOf(decision.plan, one.step), message: failureMessage(failed) })));
    const call = callFor(failures, decision.plan.paces);
    if (call) return { kind: 'failed', message: failureMessage(failed), ...(call === 'pause' ? { stays: true } : {}) };
    const progressed = results.some(({ result }) => result.ok && !result.released);
    const interrupted = results.filter(({ result }) => result.error?.code === 'host-lost' || (result.released && !progressed));
    if (failed.length === 0 && interrupted.length > 0) {
      if (++interruptions > interruptionsAllowed)
        return { kind: 'failed', message: `${failureMessage(interrupted)}: interrupted ${interruptions} times` };
      await context.inventoryChange(1_000, signal);
    }
    waitingSince = context.now().getTime();
    pace.changed(decision.plan, steps, waitingSince);
    calm.done(steps);
  }
}

async function decideNow(aim: Aim, target: string, passOver: readonly string[], context: DeployContext): Promise<Decision> {
  const terms = await context.remembered.terms(target, aim.revision);
  const decision = await context.revisions.decide({ ...aim, terms, hosts: await context.hosts(), passOver });
  context.keepContents(decision.contents);
  context.keepSecrets(decision.secrets);
  if (!sameLists(decision.lists, terms.lists)) await context.remembered.lists(target, decision.lists);
  return decision;
}

const sameLists = (a: ListLengths, b: ListLengths): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Nothing is left that may be done: all is well, but for what guards hold back. */
const guarded = (plan: Plan): Outcome => (plan.guarded.length > 0 ? { kind: 'held', message: plan.guarded.join('; ') } : { kind: 'done' });

/** What an empty wave means; undefined: wait a little longer. */
function rest({ plan }: Decision, waitedMs: number): Outcome | undefined {
  if (plan.lost.length > 0) return { kind: 'held', message: `waiting for ${plan.lost.join(', ')}: its agent does not answer` };
  if (plan.held !== undefined) return { kind: 'held', message: plan.held };
  if (plan.waiting.length > 0)
    return waitedMs > plan.patienceMs ? { kind: 'failed', message: [...plan.waiting, ...plan.guarded].join('; ') } : undefined;
  if (plan.differences.length === 0 || plan.guarded.length > 0) return guarded(plan);
  const stuck = plan.differences.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return { kind: 'failed', message: `nothing can be done about ${stuck}: is there a host that can build?` };
}
