import { messageOf, WindlassError } from '../errors.ts';
import type { ApplicationState, Trigger } from '../model/deployment.ts';
import { targetOf } from '../model/names.ts';
import { bringTo } from './bring-to.ts';
import { chooseRevision, deployedRevision } from './choose-revision.ts';
import type { DeployContext } from './deploy-context.ts';
import { type DeploymentLog, openDeploymentLog } from './deployment-log.ts';
import { type EnvironmentState, sameRevision } from './environment-state.ts';
import type { Outcome } from './outcome.ts';
import type { Revision } from './revisions.ts';

export interface DeployRequest {
  readonly environment: string;
  readonly app: string;
  readonly trigger: Trigger;
}

/**
 * The deploy worker: brings one application of one environment to what is wanted now.
 * Its job carries a name, nothing else. A revision that fails is undone by bringing the application back to the one before.
 */
export async function deploy(request: DeployRequest, context: DeployContext, signal: AbortSignal): Promise<void> {
  const state = await context.environment(request.environment);
  if (!state?.revision) return;
  const target = targetOf(request.environment, request.app);
  const before = await context.states.read(target);
  const run: Run = { request, target, environment: { ...state, revision: state.revision }, before, context, signal };
  if (state.frozen) return settle(run, state.revision, { state: 'held', message: `${request.environment} is frozen` });

  const revision = chooseRevision(state.revision, before, request.trigger);
  if (request.trigger === 'discovery' && (await failedFirst(run, revision))) return;
  await announce(run, revision);
  const history = await openDeploymentLog(context, { ...request, revision });
  const outcome = await attempt(run, { revision, yields: true }, history);
  context.fault('deploy:brought');
  await conclude(run, revision, outcome, history);
}

/** A first revision whose step failed has none before it to keep in line: its own containers' coming and going would try it for ever. */
async function failedFirst({ before, request, context }: Run, revision: Revision): Promise<boolean> {
  if (before?.state !== 'failed' || deployedRevision(before) || !before.failed || !sameRevision(before.failed, revision)) return false;
  const latest = await context.deployments.latest(request.environment, request.app);
  return latest?.state === 'failed' && latest.steps.some(({ state }) => state === 'failed' || state === 'undone');
}

/** What cannot be planned (a formula that never ends) has failed like what cannot be done; only what may pass is thrown, to be tried again. */
async function attempt(run: Run, aim: { readonly revision: Revision; readonly yields: boolean }, history: DeploymentLog): Promise<Outcome> {
  const { environment, request, context, signal } = run;
  try {
    return await bringTo({ ...environment, app: request.app, ...aim }, history, context, signal);
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

interface Run {
  readonly request: DeployRequest;
  readonly target: string;
  readonly environment: EnvironmentState & { readonly revision: Revision };
  readonly before: ApplicationState | undefined;
  readonly context: DeployContext;
  readonly signal: AbortSignal;
}

/** `deploying` is for work towards a new revision: keeping a deployed one in line shows only if it fails. */
async function announce(run: Run, revision: Revision): Promise<void> {
  const deployed = deployedRevision(run.before);
  if (deployed && sameRevision(deployed, revision)) return;
  await settle(run, revision, { state: 'deploying', message: '' });
}

async function conclude(run: Run, revision: Revision, outcome: Outcome, history: DeploymentLog): Promise<void> {
  switch (outcome.kind) {
    case 'done': {
      const record = await history.end('succeeded', '');
      return settle(run, revision, { state: 'deployed', message: '', deployed: revision, ...(record ? { deployment: record.id } : {}) });
    }
    case 'superseded':
      await history.end('superseded', 'a newer revision was pushed');
      return;
    case 'held':
      if (history.opened()) await history.end('failed', outcome.message);
      return settle(run, revision, { state: 'held', message: outcome.message });
    case 'fenced':
      throw new WindlassError('fenced', `another run has taken over ${run.target}`, { permanent: false });
    case 'failed':
      return fail(run, revision, outcome.message, history);
  }
}

/** Takes back what a failed revision has changed, by the same way forward: the plan to the revision before. */
async function fail(run: Run, revision: Revision, reason: string, history: DeploymentLog): Promise<void> {
  const earlier = deployedRevision(run.before);
  const worthwhile = history.changed() && earlier !== undefined && !sameRevision(earlier, revision);
  const outcome = worthwhile ? await attempt(run, { revision: earlier, yields: false }, history) : undefined;
  if (outcome?.kind === 'fenced') throw new WindlassError('fenced', `another run has taken over ${run.target}`, { permanent: false });
  const trouble = outcome?.kind === 'failed' || outcome?.kind === 'held' ? `; the way back failed too: ${outcome.message}` : '';
  const back = outcome ? outcome.kind === 'done' : history.changed() && earlier !== undefined;
  const message = `${reason}${trouble}`;
  const record = await history.end(back ? 'rolled-back' : 'failed', message);
  // Only a revision that failed before is passed over for an older one: what is not tried again is the newest either way.
  const failed = run.environment.revision;
  await settle(run, revision, { state: 'failed', message, failed, ...(record ? { deployment: record.id } : {}) });
}

interface Settlement {
  readonly state: ApplicationState['state'];
  readonly message: string;
  readonly deployed?: Revision;
  readonly failed?: Revision;
  readonly deployment?: string;
}

async function settle({ context, target, before, environment }: Run, aimed: Revision, settlement: Settlement): Promise<void> {
  const { state, message, deployed, failed, deployment } = settlement;
  // A run that only keeps the revision before a failed one in line does not make the failed one deployed.
  const kept = failed === undefined && !sameRevision(aimed, environment.revision) ? before : undefined;
  const stillFailed = kept?.failed !== undefined && state === 'deployed';
  await context.states.write(target, {
    deployed: deployed?.commit ?? before?.deployed,
    deployedSources: deployed?.sources ?? before?.deployedSources ?? {},
    wanted: environment.revision.commit,
    state: stillFailed ? 'failed' : state,
    message: context.mask(stillFailed ? kept.message : message),
    deployment: deployment ?? before?.deployment,
    failed: failed ?? kept?.failed,
  });
}
