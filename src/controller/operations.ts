import type { Operations } from '../api/operations.ts';
import type { StreamHub } from '../api/stream-hub.ts';
import { WindlassError } from '../errors.ts';
import type { Person } from '../git/commit.ts';
import type { InventoryStore } from '../inventory/store.ts';
import type { Trigger } from '../model/deployment.ts';
import { apiVersion, type RenderedFile } from '../model/documents.ts';
import type { HostRecord } from '../model/host.ts';
import { targetOf } from '../model/names.ts';
import type { Decision } from '../planning/decide.ts';
import { containersOf } from '../planning/plan.ts';
import type { ControlStore } from '../queue/controls.ts';
import type { Deployments } from '../queue/deployments.ts';
import type { Events } from '../queue/events.ts';
import type { RememberedStore } from '../queue/remembered.ts';
import type { StateStore } from '../queue/state.ts';
import type { StepQueue } from '../queue/steps.ts';
import { appTarget } from '../queue/targets.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';
import { chooseAim } from '../workers/choose-aim.ts';
import type { UnderWay } from '../workers/deploy-context.ts';
import type { Drafts } from '../workers/drafts.ts';
import type { EnvironmentState } from '../workers/environment-state.ts';
import type { Planner } from '../workers/planner.ts';
import type { Question, Revisions } from '../workers/revisions.ts';
import { openAgentStream } from './agent-streams.ts';
import { mergeLogs } from './container-logs.ts';
import { applicationPlan, refuseIssues, renderedFiles } from './decision-documents.ts';
import { foldDifferences, type InstalledAndDesired } from './diff.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';
import { followEvents } from './follow-events.ts';
import { forgetHost } from './forget-host.ts';
import { installedAndDesired } from './installed-files.ts';
import { rememberedOf } from './leaving-terms.ts';
import { createPersonOperations } from './person-operations.ts';
import { createRefetch } from './refetch.ts';
import type { SourceRepositories } from './source-repositories.ts';
import { type ApplicationFacts, type EnvironmentFacts, hostStatus, statusDocument } from './status-document.ts';
import { createVariableOperations } from './variable-operations.ts';

export interface OperationsDependencies {
  readonly environments: EnvironmentStore;
  readonly revisions: Revisions;
  readonly inventory: InventoryStore;
  readonly wanted: WantedStore;
  readonly states: Pick<StateStore<KeptEnvironment>, 'readState'>;
  readonly remembered: RememberedStore;
  readonly deployments: Deployments;
  readonly events: Events;
  readonly steps: StepQueue;
  readonly hub: StreamHub;
  readonly controls: ControlStore;
  readonly underWay: Pick<UnderWay, 'get'>;
  /** Empties the queue of a host's agent. */
  readonly clearHost: (host: string) => Promise<void>;
  /** Raises an application and wakes its worker. */
  readonly raise: (environment: string, app: string, trigger: Trigger) => Promise<void>;
  /** Has the repository and its sources fetched, as far as they answer. */
  readonly refresh: () => Promise<void>;
  readonly wakeups: Pick<Wakeups, 'wake'>;
  readonly now: () => Date;
  readonly doctor: Operations['doctor'];
  readonly repositories: SourceRepositories;
  readonly drafts: Drafts;
  readonly planner: Planner;
  /** Who commits what a person has changed. */
  readonly committer: Person;
  readonly hook: Operations['hook'];
  readonly ready: Operations['ready'];
  readonly metrics: Operations['metrics'];
}

/** What people ask of the controller. */
export function createOperations(dependencies: OperationsDependencies): Operations {
  const { environments, revisions, inventory, wanted, states, remembered, deployments, events, steps, hub, controls } = dependencies;
  const hosts = () => inventory.readHosts();
  const appsOf = (environment: string, app: string | undefined): readonly string[] => {
    const all = environments.appsOf(environment);
    if (app === undefined) return all;
    if (all.includes(app)) return [app];
    throw new WindlassError('unknown-name', `environment ${environment} has no application ${app}; it has ${all.join(', ') || 'none'}`);
  };
  const { terms } = rememberedOf(remembered, states);
  const decided = async (question: Question, app: string, known: readonly HostRecord[]): Promise<Decision> =>
    revisions.decide({ ...question, app, hosts: known, terms: await terms(targetOf(question.environment.name, app), question.revision) });

  const applicationFacts = async (environment: EnvironmentState, app: string, known: readonly HostRecord[]): Promise<ApplicationFacts> => {
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
    const decision = shown && (await decided(shown, app, known).catch(() => undefined));
    const asked = unsettled && (trigger === 'push' || trigger === 'manual' || trigger === 'rollback');
    return {
      name: app,
      state,
      unsettled,
      asked,
      held: choice !== undefined && choice.kind !== 'open',
      wanted: choice?.wanted.commit,
      freeze: said.freeze,
      pin: choice?.pin,
      desired: decision?.containers ?? [],
    };
  };
  const environmentFacts = async (environment: EnvironmentState, known: readonly HostRecord[]): Promise<EnvironmentFacts> => {
    const { name } = environment.environment;
    const [freeze, ...applications] = await Promise.all([
      controls.readFreeze(name),
      ...environments.appsOf(name).map((app) => applicationFacts(environment, app, known)),
    ]);
    return {
      name,
      wanted: environment.revision?.commit,
      freeze,
      problem: environments.problem() ?? environment.problem,
      branch: environment.environment.branch,
      applications,
    };
  };
  const withRevision = (name: string): Question => {
    const state = environments.require(name);
    if (state.revision) return { ...state, revision: state.revision };
    throw new WindlassError(
      'unknown-name',
      `environment ${name} has nothing to deploy: its branch ${state.environment.branch} has no commit`,
    );
  };

  return {
    environmentNames: async () => environments.all().map(({ environment }) => environment.name),
    status: async () => {
      const known = await hosts();
      const facts = await Promise.all(environments.all().map((state) => environmentFacts(state, known)));
      return statusDocument(facts, known, await dependencies.repositories.checkouts());
    },
    history: async (query) => ({ apiVersion, deployments: await deployments.list(query) }),
    deployment: async (id) => {
      const deployment = await deployments.get(id);
      return deployment && { apiVersion, deployment };
    },
    deploymentLog: (id, from) => deployments.readLog(id, from, 1_000),
    hosts: async () => ({
      apiVersion,
      hosts: (await hosts()).map((host) => ({
        ...hostStatus(host),
        address: host.address,
        cpus: host.cpus,
        memory: host.memory,
        containers: host.containers.filter(({ spec }) => spec !== undefined).length,
      })),
    }),
    forgetHost: (name) => forgetHost(name, { inventory, clear: dependencies.clearHost }),
    plan: async (environment) => {
      const state = withRevision(environment);
      const known = await hosts();
      const apps = await Promise.all(
        appsOf(environment, undefined).map(async (app) => applicationPlan(app, await decided(state, app, known))),
      );
      return { apiVersion, environment, commit: state.revision.commit, apps };
    },
    render: async ({ environment, app, service }) => {
      const state = withRevision(environment);
      const known = await hosts();
      const files: RenderedFile[] = [];
      for (const name of appsOf(environment, app)) {
        const decision = await decided(state, name, known);
        refuseIssues(decision);
        files.push(...renderedFiles(decision, service));
      }
      if (service !== undefined && files.length === 0)
        throw new WindlassError('unknown-name', `${environment} has no service ${service} with config files`);
      return { apiVersion, environment, commit: state.revision.commit, files };
    },
    diff: async (environment) => {
      const state = withRevision(environment);
      const known = await hosts();
      const pairs: InstalledAndDesired[] = [];
      for (const app of appsOf(environment, undefined)) {
        const decision = await decided(state, app, known);
        refuseIssues(decision);
        pairs.push(...(await installedAndDesired(decision, known, { hub, steps })));
      }
      return { apiVersion, environment, commit: state.revision.commit, files: foldDifferences(pairs) };
    },
    ...createVariableOperations({ ...dependencies, hosts, appsOf, decided, refetch: createRefetch(wanted, dependencies.wakeups) }),
    ...createPersonOperations({ ...dependencies, question: withRevision, appsOf, decided }),
    containerLogs: async ({ environment, app, service, follow, tail, signal }) => {
      environments.require(environment);
      const [name] = appsOf(environment, app);
      const found = containersOf({ environment, name: name ?? app }, service, await hosts());
      if (found.length === 0) throw new WindlassError('unknown-name', `${environment}/${app} has no container of a service ${service}`);
      const logs = await Promise.all(
        found.map(async ({ record, host }) => ({
          name: record.name,
          lines: await openAgentStream(hub, steps, host, { kind: 'stream-logs', container: record.id, follow, tail }, signal),
        })),
      );
      return mergeLogs(logs);
    },
    doctor: dependencies.doctor,
    hook: dependencies.hook,
    events: (signal) => followEvents(events, signal),
    ready: dependencies.ready,
    metrics: dependencies.metrics,
  };
}
