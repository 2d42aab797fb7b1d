import { WindlassError } from '../errors.ts';
import { targetOf } from '../model/names.ts';
import type { Fence, PushConfigStep, Step } from '../model/step.ts';
import { longestPause } from '../planning/canary.ts';
import type { Decision } from '../planning/decide.ts';
import { callFor, type Failure } from '../planning/failures.ts';
import type { ListLengths } from '../planning/guards.ts';
import type { Plan } from '../planning/plan.ts';
import { type Calm, createCalm } from './calm.ts';
import type { Aimed } from './choose-aim.ts';
import { decideAim } from './decide-aim.ts';
import type { DeployContext } from './deploy-context.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { type Absence, findAbsence } from './find-absence.ts';
import { failureMessage, issuesMessage, type Outcome } from './outcome.ts';
import { createPacer } from './pacer.ts';
import { refreshImages } from './refresh-images.ts';
import { type Done, failureOf, runWave } from './run-wave.ts';

/** How often an interrupted step (its agent restarted) is planned again in one run. */
const interruptionsAllowed = 30;
/** A host whose agent does not answer, but is not lost either: by then it is one of both. */
const silenceMs = 30_000;

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
  const progress = progressFrom(aim, now());
  const careful = aim.careful === true && aim.environment.onLostHost !== 'skip';
  let calm: Calm | undefined;
  for (;;) {
    signal.throwIfAborted();
    const reason = await aim.superseded();
    if (reason !== undefined) return { kind: 'superseded', reason };
    const { own, decision } = await look(aim, fence, progress, context);
    const first = !progress.begun;
    progress.begun = true;
    if (first && (await refreshImages(aim, fence.target, decision, context, signal))) continue;
    const { plan } = decision;
    const refusal = refusalOf(decision) ?? (progress.permitted ? undefined : await aim.permit?.(own.plan));
    if (refusal) return refusal;
    progress.permitted ||= plan.differences.length > 0;
    const { steps, absence } = await stepsNow(aim, plan, progress, context, signal);
    if (steps.length === 0) {
      const outcome = absence ? withoutAnswer(absence, progress, now()) : atRest(aim, decision, progress, now());
      if (outcome?.kind === 'paused' && (aim.pauseOver || longestPause(outcome.canaries) === 0)) {
        aim = { ...aim, scope: { ...aim.scope, canary: false } };
        continue;
      }
      if (outcome?.kind === 'done' && aim.only === undefined) {
        await context.remembered.deployed(fence.target, decision.remember);
        return { ...outcome, pulled: decision.remember.pulled };
      }
      if (outcome) return outcome;
      await context.inventoryChange(1_000, signal);
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
    const results = await runWave({ plan, steps, ahead, careful, failures, superseded: aim.superseded, history, fence, context, signal });
    context.fault('deploy:waved');
    const { ending, interrupted } = takeIn(results, plan, progress);
    if (ending) return ending;
    if (interrupted) await context.inventoryChange(1_000, signal);
    progress.waitingSince = now();
    pace.changed(plan, steps, progress.waitingSince);
    calm.done(steps);
  }
}

/** How far a run is. Times are epoch milliseconds. */
interface Progress {
  readonly failures: (Failure & { readonly message: string })[];
  /** Since when nothing could be done. */
  waitingSince: number;
  /** Since when somebody has not answered. */
  silentSince: number | undefined;
  interruptions: number;
  /** It has seen what was there when it began. */
  begun: boolean;
  permitted: boolean;
  /** Some container is not as it was. */
  touched: boolean;
  accepted: boolean;
}

const progressFrom = ({ accepted = false }: Aim, now: number): Progress => ({
  failures: [],
  waitingSince: now,
  silentSince: undefined,
  interruptions: 0,
  begun: false,
  permitted: false,
  touched: false,
  accepted,
});

async function look(aim: Aim, { target }: Fence, { failures }: Progress, context: DeployContext) {
  const { lists, secrets = false } = await context.remembered.terms(target, aim.revision);
  const found = await decideAim(context.revisions, aim, {
    app: aim.app,
    hosts: await context.hosts(),
    terms: ({ revision }) => context.remembered.terms(target, revision),
    passOver: failures.map(({ name }) => name),
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

function withoutAnswer({ kind, hosts }: Absence, progress: Progress, now: number): Outcome | undefined {
  if (kind === 'lost') return { kind: 'held', message: waitingFor(hosts), untouched: true };
  progress.silentSince ??= now;
  if (now - progress.silentSince <= silenceMs) return undefined;
  throw new WindlassError('host-lost', waitingFor(hosts), { permanent: false });
}

/** What an empty wave means; undefined: wait a little longer. */
function atRest(aim: Aim, { plan }: Decision, { failures: [first], waitingSince }: Progress, now: number): Outcome | undefined {
  if (aim.only !== undefined) return guardedOr(plan, { kind: 'done', without: [] });
  const outcome = rest(aim, plan, now - waitingSince);
  return outcome?.kind === 'failed' && first ? { kind: 'failed', message: first.message, stays: true } : outcome;
}

/** What a wave's results come to: an end of the run, or whether something was cut short that is planned again. */
function takeIn(results: readonly Done[], plan: Plan, progress: Progress): { readonly ending?: Outcome; readonly interrupted: boolean } {
  const interrupted = false;
  if (results.some(({ result }) => result.error?.code === 'fenced')) return { ending: { kind: 'fenced' }, interrupted };
  const failed = results.filter((one) => !one.result.ok && !isLost(one));
  progress.failures.push(...failed.map((one) => ({ ...failureOf(plan, one.step), message: failureMessage(failed) })));
  const call = callFor(progress.failures, plan.paces);
  const stays = call === 'pause' ? ({ stays: true } as const) : {};
  if (call) return { ending: { kind: 'failed', message: failureMessage(failed), ...stays }, interrupted };
  const progressed = results.some(({ result }) => result.ok && !result.released);
  progress.accepted ||= results.some(({ step, result }) => step.kind === 'push-config' && result.ok && !result.released);
  progress.touched ||= results.some(({ step, result }) => step.kind !== 'build-image' && result.ok && !result.released);
  const cutShort = results.filter((one) => isLost(one) || (one.result.released && !progressed));
  if (failed.length > 0 || cutShort.length === 0) return { interrupted };
  if (++progress.interruptions <= interruptionsAllowed) return { interrupted: true };
  const message = `${failureMessage(cutShort)}: interrupted ${progress.interruptions} times`;
  return { ending: { kind: 'failed', message }, interrupted };
}

const sameLists = (a: ListLengths, b: ListLengths): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Nothing is left that may be done: all is well, but for what guards hold back. */
const guardedOr = ({ guarded }: Plan, otherwise: Outcome): Outcome =>
  guarded.length > 0 ? { kind: 'held', message: guarded.join('; ') } : otherwise;

const isLost = ({ result }: Done): boolean => result.error?.code === 'host-lost';

function refusalOf({ issues, homeless }: Decision): Outcome | undefined {
  if (issues.length > 0) return { kind: 'failed', message: issuesMessage(issues) };
  return homeless.length > 0 ? { kind: 'held', message: issuesMessage(homeless) } : undefined;
}

/** What the containers behind standing canaries will be pushed: they stage and check it before the first of all swaps anything. */
function behindCanaries({ canaries, withheld, lost }: Plan, failures: readonly Failure[]): readonly PushConfigStep[] {
  return withheld
    .filter(({ service, host }) => canaries.some((canary) => canary.service === service) && !lost.includes(host))
    .flatMap(({ step }) => (step?.kind === 'push-config' && !failures.some(({ name }) => name === step.name) ? [step] : []));
}

const waitingFor = (hosts: readonly string[]): string =>
  `waiting for ${hosts.join(', ')}: ${hosts.length === 1 ? 'its agent does' : 'their agents do'} not answer`;

function rest({ environment }: Aim, plan: Plan, waitedMs: number): Outcome | undefined {
  const { lost, held, waiting, paused, patienceMs, differences, canaries, withheld } = plan;
  // Where hosts are passed over, nothing that is due for them alone is among the differences.
  if (lost.length > 0 && (environment.onLostHost !== 'skip' || differences.length > 0)) return { kind: 'held', message: waitingFor(lost) };
  if (held !== undefined) return { kind: 'held', message: held };
  if (waiting.length > 0) return waitedMs > patienceMs ? { kind: 'failed', message: [...waiting, ...plan.guarded].join('; ') } : undefined;
  if (paused.length > 0) return { kind: 'held', message: [...paused, ...plan.guarded].join('; '), goesOn: true };
  if (differences.length === 0 || plan.guarded.length > 0) {
    const reached: Outcome = withheld.length > 0 ? { kind: 'limited' } : { kind: 'done', without: lost };
    return guardedOr(plan, canaries.length > 0 ? { kind: 'paused', canaries } : reached);
  }
  const stuck = differences.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return { kind: 'failed', message: `nothing can be done about ${stuck}: is there a host that can build?` };
}
