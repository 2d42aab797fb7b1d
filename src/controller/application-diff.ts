import type { StreamHub } from '../api/stream-hub.ts';
import { WindlassError } from '../errors.ts';
import type { HostRecord } from '../model/host.ts';
import type { Decision } from '../planning/decide.ts';
import type { StepQueue } from '../queue/steps.ts';
import { sameRevision } from '../workers/environment-state.ts';
import { issuesMessage } from '../workers/outcome.ts';
import type { Question } from '../workers/revisions.ts';
import type { InstalledAndDesired } from './diff.ts';
import { leftAsTheyAre } from './drift-status.ts';
import { installedAndDesired } from './installed-files.ts';
import type { Naming } from './naming.ts';
import { type Standing, whyLeft, whyWithheld } from './why-withheld.ts';

export interface ApplicationDiffDependencies {
  readonly naming: Pick<Naming, 'standing' | 'decided' | 'decidedWithRest' | 'contentsDeployed'>;
  readonly hub: StreamHub;
  readonly steps: StepQueue;
}

export interface ApplicationDiff {
  readonly files: readonly InstalledAndDesired[];
  /** Sentences: what keeps the newest revision's files from being rendered. */
  readonly issues: readonly string[];
}

/**
 * What an application's containers hold against what they would be given now, and against what something stands before: a freeze, an
 * approval, a rollback, a canary, a limit. Its mistakes are its own.
 */
export async function applicationDiff(
  newest: Question,
  app: string,
  hosts: readonly HostRecord[],
  dependencies: ApplicationDiffDependencies,
): Promise<ApplicationDiff> {
  try {
    return await differences(newest, app, hosts, dependencies);
  } catch (error) {
    if (error instanceof WindlassError && error.permanent) return { files: [], issues: [error.message] };
    throw error;
  }
}

async function differences(
  newest: Question,
  app: string,
  hosts: readonly HostRecord[],
  { naming, hub, steps }: ApplicationDiffDependencies,
): Promise<ApplicationDiff> {
  const standing = await naming.standing(newest, app);
  const { choice } = standing;
  const aim = choice.kind === 'open' ? choice.aim : choice.kept;
  const now = aim && (await naming.decidedWithRest(aim, app, hosts));
  const isAll = choice.kind === 'open' && sameRevision(choice.aim.revision, newest.revision) && now?.plan.reach === undefined;
  const later = isAll ? undefined : await naming.decided(newest, app, hosts);
  const deployed = await naming.contentsDeployed(newest, app, hosts);
  const read = (decision: Decision) => installedAndDesired(decision, deployed, hosts, { hub, steps });
  return {
    files: [...(now ? whatIsLeft(await read(now), now, hosts) : []), ...(later ? await whatWaits(later, now, standing, read) : [])],
    issues: ((later ?? now)?.issues ?? []).map((issue) => issuesMessage([issue])),
  };
}

/** Of what is rendered for now, what a guard or the drift policy leaves as it is says so. */
function whatIsLeft(files: readonly InstalledAndDesired[], now: Decision, hosts: readonly HostRecord[]): readonly InstalledAndDesired[] {
  const left = leftAsTheyAre(now.containers, hosts);
  return files.map((file) => {
    const changed = left.find((one) => keyOf(one) === keyOf(file));
    const guarded = now.containers.find(({ name }) => name === file.container)?.files.find(({ target }) => target === file.target)?.held;
    const withheld = guarded ?? (changed && whyLeft(changed));
    return withheld === undefined ? file : { ...file, withheld };
  });
}

/** What the newest revision would install beyond what is rendered for now. */
async function whatWaits(
  later: Decision,
  now: Decision | undefined,
  standing: Standing,
  read: (decision: Decision) => Promise<readonly InstalledAndDesired[]>,
): Promise<readonly InstalledAndDesired[]> {
  const [wanted, rendered] = [contentOf(later), contentOf(now)];
  const files = await read(later);
  return files
    .filter((file) => wanted.get(keyOf(file)) !== rendered.get(keyOf(file)))
    .map((file) => {
      const service = later.containers.find(({ name }) => name === file.container)?.service ?? '';
      return { ...file, withheld: whyWithheld(standing, now?.plan.canaries ?? [], service) };
    });
}

const keyOf = ({ container, target }: Pick<InstalledAndDesired, 'container' | 'target'>): string => `${container} ${target}`;

/** By container and target, what tells a file's bytes, mode and owner from others. */
const contentOf = (decision: Decision | undefined): ReadonlyMap<string, string> =>
  new Map(
    decision?.containers.flatMap(({ name, files }) =>
      files.map((file) => [keyOf({ container: name, target: file.target }), [file.hash, file.mode, file.uid, file.gid].join(' ')]),
    ),
  );
