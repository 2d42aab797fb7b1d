import { unclaimedImages } from '../model/deployment.ts';
import type { HostRecord } from '../model/host.ts';
import type { ControlStore } from '../queue/controls.ts';
import type { Deployments } from '../queue/deployments.ts';
import type { StateStore } from '../queue/state.ts';
import { appTarget } from '../queue/targets.ts';
import type { WantedStore } from '../queue/wanted.ts';
import { chooseAim } from '../workers/choose-aim.ts';
import type { EnvironmentState } from '../workers/environment-state.ts';
import type { StrangerTries } from '../workers/stranger-tries.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';
import type { Naming } from './naming.ts';
import { partFacts } from './part-documents.ts';
import type { ApplicationFacts, EnvironmentFacts } from './status-document.ts';
import { strangerMessage } from './stranger-status.ts';

export interface StatusFactsDependencies {
  readonly environments: EnvironmentStore;
  readonly wanted: WantedStore;
  readonly states: Pick<StateStore<KeptEnvironment>, 'readState'>;
  readonly controls: ControlStore;
  readonly deployments: Pick<Deployments, 'list'>;
  readonly decided: Naming['decidedWithRest'];
  readonly strangers: Pick<StrangerTries, 'failure'>;
}

/** Gathers what is wanted, decided and said of every environment, for the status document. */
export async function readStatusFacts(
  dependencies: StatusFactsDependencies,
  hosts: readonly HostRecord[],
): Promise<readonly EnvironmentFacts[]> {
  const { environments, controls, deployments } = dependencies;
  return Promise.all(
    environments.all().map(async (state): Promise<EnvironmentFacts> => {
      const { name, branch } = state.environment;
      const [freeze, [images], ...applications] = await Promise.all([
        controls.readFreeze(name),
        deployments.list({ environment: name, app: unclaimedImages, limit: 1 }),
        ...environments.appsOf(name).map((app) => applicationFacts(dependencies, state, app, hosts)),
      ]);
      const problem = environments.problem() ?? state.problem;
      return { name, wanted: state.revision?.commit, freeze, problem, branch, applications, images };
    }),
  );
}

async function applicationFacts(
  { wanted, states, controls, decided, strangers }: StatusFactsDependencies,
  environment: EnvironmentState,
  app: string,
  hosts: readonly HostRecord[],
): Promise<ApplicationFacts> {
  const target = appTarget(environment.environment.name, app);
  const [state, { generation, handled, trigger }, said] = await Promise.all([
    states.readState(target),
    wanted.read(target),
    controls.read(environment.environment.name, app),
  ]);
  const { revision } = environment;
  const unsettled = generation > handled;
  const newest = revision && { ...environment, revision };
  const choice = newest && chooseAim({ newest, state, trigger: unsettled ? trigger : 'discovery', controls: said });
  const shown = choice && (choice.kind === 'open' ? choice.aim : choice.kept);
  // Status answers whatever the repository holds: files that cannot be rendered have no desired hash.
  const decision = shown && (await decided(shown, app, hosts).catch(() => undefined));
  const asked = unsettled && (trigger === 'push' || trigger === 'manual' || trigger === 'rollback');
  return {
    name: app,
    state,
    unsettled,
    asked,
    held: choice !== undefined && choice.kind !== 'open',
    wanted: choice?.wanted.commit,
    freeze: said.freeze,
    ...partFacts(state, said, choice?.wanted),
    passedOver: environment.environment.onLostHost === 'skip' ? hosts.filter((host) => host.state === 'lost').map(({ name }) => name) : [],
    pin: choice?.pin,
    desired: decision?.containers ?? [],
    strangers: decision ? strangerMessage(decision, hosts, (container) => strangers.failure(container)?.message) : '',
  };
}
