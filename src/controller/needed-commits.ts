import type { Controls } from '../model/control.ts';
import type { ApplicationState, DeploymentRecord } from '../model/deployment.ts';
import type { ControlStore } from '../queue/controls.ts';
import type { Deployments } from '../queue/deployments.ts';
import type { StateStore } from '../queue/state.ts';
import { appTarget } from '../queue/targets.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';

export interface NeededCommitsDependencies {
  readonly environments: Pick<EnvironmentStore, 'all' | 'appsOf'>;
  readonly states: Pick<StateStore<KeptEnvironment>, 'readState'>;
  readonly controls: Pick<ControlStore, 'read'>;
  readonly deployments: Pick<Deployments, 'list'>;
}

/** More than are kept. */
const wholeHistory = 1_000;

/**
 * The commits, of the repository and its sources alike, that windlass may be brought to again whatever the branches are at: the
 * history's, and what applications are at or were told to be at. Undefined before the environments have been read.
 */
export function createNeededCommits(dependencies: NeededCommitsDependencies): () => Promise<ReadonlySet<string> | undefined> {
  const { environments, states, controls, deployments } = dependencies;
  return async () => {
    const known = environments.all().map(({ environment }) => environment.name);
    if (known.length === 0) return undefined;
    const targets = known.flatMap((environment) => environments.appsOf(environment).map((app) => ({ environment, app })));
    const [records, ...applications] = await Promise.all([
      deployments.list({ limit: wholeHistory }),
      ...targets.map(async ({ environment, app }) =>
        commitsOfApplication(await states.readState(appTarget(environment, app)), await controls.read(environment, app)),
      ),
    ]);
    return new Set([...records.flatMap(commitsOfRecord), ...applications.flat()]);
  };
}

interface Named {
  readonly commit: string | undefined;
  readonly sources?: Readonly<Record<string, string>> | undefined;
}

const commitsIn = ({ commit, sources = {} }: Named): readonly string[] => [
  ...(commit === undefined ? [] : [commit]),
  ...Object.values(sources),
];

const commitsOfRecord = ({ commit, sources }: DeploymentRecord): readonly string[] => commitsIn({ commit, sources });

/** Of what it is at, in whole and in part, of what failed, and of what people have said. */
function commitsOfApplication(state: ApplicationState | undefined, { pin, approval, continued, left }: Controls): readonly string[] {
  const ofState: readonly (Named | undefined)[] = state
    ? [{ commit: state.deployed, sources: state.deployedSources }, { commit: state.wanted }, state.failed, state.part?.revision]
    : [];
  const said = [pin?.revision, pin?.over, approval?.revision, continued?.revision, left?.revision];
  return [...ofState, ...said].flatMap((named) => (named ? commitsIn(named) : []));
}
