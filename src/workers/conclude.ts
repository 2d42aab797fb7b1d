import { WindlassError } from '../errors.ts';
import type { Pin, Revision } from '../model/control.ts';
import type { StandingCanary } from '../planning/canary.ts';
import { endOfFailure, wayBack } from './after-failure.ts';
import { attempt } from './attempt.ts';
import type { Aimed } from './choose-aim.ts';
import type { DeploymentLog } from './deployment-log.ts';
import { sameRevision } from './environment-state.ts';
import type { Outcome } from './outcome.ts';
import { limitedMessage, limitText, partOf, pausedMessage, pauseOf } from './part.ts';
import { type Run, settle } from './settle.ts';

interface Brought {
  readonly aim: Aimed;
  readonly pin: Pin | undefined;
  readonly history: DeploymentLog;
}

/** Writes down what became of an attempt; a failed one is taken back first. */
export async function conclude(
  run: Run,
  { aim, pin, history }: Brought,
  outcome: Exclude<Outcome, { kind: 'awaiting-approval' }>,
): Promise<void> {
  switch (outcome.kind) {
    case 'done': {
      const message = [...(pin ? [pinMessage(pin)] : []), ...(outcome.without.length > 0 ? [withoutMessage(outcome.without)] : [])].join(
        '; ',
      );
      const record = await endWell(history, outcome, message);
      const deployed = { ...aim, pulled: outcome.pulled };
      await settle(run, aim.revision, { state: 'deployed', message, deployed, part: null, ...(record ? { deployment: record.id } : {}) });
      return useUp(run, aim.revision);
    }
    case 'paused':
      return pause(run, aim, outcome.canaries, history);
    case 'limited': {
      const limit = aim.scope?.limit ?? { services: [], containers: [] };
      const message = limitedMessage(targetText(run), aim.revision.commit, limit);
      const record = await endWell(history, outcome, `limited to ${limitText(limit)}`);
      return settle(run, aim.revision, { state: 'held', message, part: partOf(aim), ...(record ? { deployment: record.id } : {}) });
    }
    case 'superseded':
      await history.end('superseded', outcome.reason);
      return;
    case 'held':
      return hold(run, aim, outcome, history);
    case 'fenced':
      throw takenOver(run);
    case 'failed':
      await fail(run, aim, outcome, history);
      return useUp(run, aim.revision);
  }
}

/** Ends the entry of what is done; where all there was to do was for strangers, and none of them has got it, it has failed. */
export function endWell(
  history: DeploymentLog,
  { unserved = [], pulled }: Partial<Pick<Extract<Outcome, { kind: 'done' }>, 'unserved' | 'pulled'>>,
  message: string,
): ReturnType<DeploymentLog['end']> {
  const state = unserved.length > 0 && !history.changed() ? 'failed' : 'succeeded';
  return history.end(state, [message, ...unserved].filter((part) => part !== '').join('; '), pulled);
}

/** What holds a run that something else has been said or pushed over is no longer of interest: the next run finds out for itself. */
async function hold(run: Run, aim: Aimed, { message, untouched, goesOn }: Held, history: DeploymentLog): Promise<void> {
  const passed = await run.superseded();
  if (passed !== undefined) return void (await history.end('superseded', passed));
  // What has not begun, stands at its canary or waits for whoever paused a container goes on in the same entry.
  if (untouched || goesOn) await history.note(message);
  else if (history.opened()) await history.end('failed', message);
  return settle(run, aim.revision, { state: 'held', message });
}

type Held = Extract<Outcome, { kind: 'held' }>;

/** The history entry stays open: what follows, or is taken back, belongs to it. */
async function pause(run: Run, aim: Aimed, canaries: readonly StandingCanary[], history: DeploymentLog): Promise<void> {
  const { request, context, before } = run;
  const canary = pauseOf(before, aim, canaries, context.now());
  const message = pausedMessage(targetText(run), aim.revision.commit, canary);
  await history.note(message);
  await settle(run, aim.revision, { state: canary.until === undefined ? 'held' : 'deploying', message, part: partOf(aim, canary) });
  if (canary.until !== undefined) context.pauses.add({ ...request, revision: aim.revision, until: canary.until });
}

const targetText = ({ request: { environment, app } }: Run): string => `${environment} --app ${app}`;

const withoutMessage = (hosts: readonly string[]): string =>
  `without ${hosts.join(', ')}, which ${hosts.length === 1 ? 'is' : 'are'} lost and ${hosts.length === 1 ? 'follows' : 'follow'} when back`;

export const pinMessage = ({ from, by, at }: Pin): string =>
  `rolled back from ${from.slice(0, 7)} by ${by} at ${at}; waits for a newer commit`;

export const takenOver = ({ target }: Run) => new WindlassError('fenced', `another run has taken over ${target}`, { permanent: false });

/** What a person has agreed to is for one attempt. */
async function useUp({ request: { environment, app }, context }: Run, revision: Revision): Promise<void> {
  const { approval, continued } = await context.controls.read(environment, app);
  if (continued) await context.controls.removeContinued(environment, app, continued);
  if (approval && (approval.void !== undefined || sameRevision(approval.revision, revision)))
    await context.controls.setApproval(environment, app, approval, undefined);
}

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** Takes back what a failed revision has changed, by the same way forward: the plan to the revision before. */
async function fail(run: Run, aim: Aimed, { message: reason, stays }: Failed, history: DeploymentLog): Promise<void> {
  const way = wayBack(run, aim, { stays, changed: history.changed() || history.cutShort() });
  const outcome = way.to ? await attempt(run, { ...way.to, takesBack: true }, history) : undefined;
  if (outcome?.kind === 'fenced') throw takenOver(run);
  const { state, message } = endOfFailure(reason, { isThere: way.isThere && !history.remains(), changed: history.changed() }, outcome);
  const record = await history.end(state, message);
  // Only a revision that failed before is passed over for an older one: what is not tried again is what is wanted either way.
  const failed = run.choice.wanted;
  await settle(run, aim.revision, {
    state: 'failed',
    message,
    failed,
    part: way.part ?? null,
    ...(record ? { deployment: record.id } : {}),
  });
}
