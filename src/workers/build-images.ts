import { WindlassError } from '../errors.ts';
import { type DeploymentRecord, type Trigger, unclaimedImages } from '../model/deployment.ts';
import { targetOf } from '../model/names.ts';
import type { Step } from '../model/step.ts';
import type { DeployContext } from './deploy-context.ts';
import { type DeploymentLog, openDeploymentLog, revisionOf } from './deployment-log.ts';
import { sameRevision } from './environment-state.ts';
import { failureMessage, issuesMessage } from './outcome.ts';
import type { Question } from './revisions.ts';
import { type Done, lostResult } from './run-wave.ts';

export interface BuildContext extends DeployContext {
  readonly deploying: (environment: string) => Promise<boolean>;
  readonly frozen: (environment: string) => Promise<boolean>;
  /** The newest deployments of the environment. */
  readonly history: (environment: string) => Promise<readonly DeploymentRecord[]>;
}

/**
 * Builds every image of an environment's revision that is not built yet, used or not, parents first.
 * What no deployment needs comes after the deployments, so that it holds none of them up, and has a history entry of its own.
 */
export async function buildImages(
  { environment, trigger }: { readonly environment: string; readonly trigger: Trigger },
  context: BuildContext,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    while (await context.deploying(environment)) await context.inventoryChange(1_000, signal);
    const state = await context.environment(environment);
    if (!state?.revision) return;
    const newest = { ...state, revision: state.revision };
    const entry = await openDeploymentLog(context, { environment, app: unclaimedImages, revision: newest.revision, trigger });
    if (await context.frozen(environment)) return void (await entry.end('superseded', `${environment} was frozen`));
    if (!(await buildNext({ ...newest, trigger }, entry, context, signal))) return;
  }
}

/** Builds what can be built now; false once there is no more, or something is wrong, which is written down. */
async function buildNext(
  { trigger, ...newest }: Question & { readonly trigger: Trigger },
  entry: DeploymentLog,
  context: BuildContext,
  signal: AbortSignal,
): Promise<boolean> {
  const { differences, issues } = await context.revisions.images({ ...newest, hosts: await context.hosts() });
  const told = (await context.history(newest.environment.name)).filter(
    (one) =>
      sameRevision(revisionOf(one), newest.revision) &&
      // What failed here is tried again by a push or a person, as of applications.
      (one.app !== unclaimedImages || (trigger === 'poll' && one.state === 'failed')),
  );
  if (issues.length > 0) {
    // Every application of the environment fails with them.
    if (told.length === 0) await entry.end('failed', issuesMessage(issues));
    return false;
  }
  if (differences.some(({ host }) => host === ''))
    throw new WindlassError('host-lost', `no host can build ${differences.map((one) => one.name).join(', ')} now`, { permanent: false });
  const failed = failedBuilds(told);
  const due = differences.flatMap(({ step }) => (step?.kind === 'build-image' && !failed.has(step.name) ? [step] : []));
  if (due.length === 0) {
    await entry.end('succeeded', '');
    return false;
  }
  const wrong = (await build(due, newest, entry, context, signal)).filter(({ result }) => !result.ok);
  const lost = wrong.find(({ result }) => result.error?.code === 'host-lost');
  if (lost) throw new WindlassError('host-lost', failureMessage([lost]), { permanent: false });
  if (wrong.length > 0) await entry.end('failed', failureMessage(wrong));
  return wrong.length === 0;
}

/** Steps that fail say so; the others of the wave are built all the same. */
async function build(
  steps: readonly Step[],
  { environment: { name } }: Question,
  entry: DeploymentLog,
  context: BuildContext,
  signal: AbortSignal,
): Promise<readonly Done[]> {
  const numbers = await entry.addSteps(steps);
  const deployment = await entry.id();
  const fence = { target: targetOf(name, unclaimedImages), token: 0 };
  return Promise.all(
    steps.map(async (step, i) => {
      const number = numbers[i] ?? 0;
      const onStart = () => void entry.started(number, step).catch(() => {});
      const result = await context
        .runStep({ step, fence, deployment, signal, onStart })
        .catch((error: unknown) => lostResult(error, signal));
      await entry.finished(number, step, result);
      return { step, result };
    }),
  );
}

/** What could not be built before: trying the same again would only say it twice. */
const failedBuilds = (told: readonly DeploymentRecord[]): ReadonlySet<string> =>
  new Set(
    told.flatMap(({ steps }) => steps.filter(({ kind, state }) => kind === 'build-image' && state === 'failed').map(({ name }) => name)),
  );
