import type { Operations } from '../api/operations.ts';
import type { StreamHub } from '../api/stream-hub.ts';
import { WindlassError } from '../errors.ts';
import type { Person } from '../git/commit.ts';
import type { InventoryStore } from '../inventory/store.ts';
import type { Log } from '../log.ts';
import type { Trigger } from '../model/deployment.ts';
import { apiVersion } from '../model/documents.ts';
import { containersOf } from '../planning/containers-of.ts';
import type { ControlStore } from '../queue/controls.ts';
import type { Deployments } from '../queue/deployments.ts';
import type { Events } from '../queue/events.ts';
import type { RememberedStore } from '../queue/remembered.ts';
import type { StateStore } from '../queue/state.ts';
import type { StepQueue } from '../queue/steps.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { WantedStore } from '../queue/wanted.ts';
import type { UnderWay } from '../workers/deploy-context.ts';
import type { Drafts } from '../workers/drafts.ts';
import type { Planner } from '../workers/planner.ts';
import type { Revisions } from '../workers/revisions.ts';
import type { StrangerTries } from '../workers/stranger-tries.ts';
import { openAgentStream } from './agent-streams.ts';
import { mergeLogs } from './container-logs.ts';
import { createDecisionOperations } from './decision-operations.ts';
import { createFetchAlone } from './deploy-alone.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';
import { followEvents } from './follow-events.ts';
import { forgetHost } from './forget-host.ts';
import { maskedLog } from './masked-log.ts';
import { maskedStream } from './masked-stream.ts';
import { createNaming } from './naming.ts';
import { createPersonOperations } from './person-operations.ts';
import { createRefetch } from './refetch.ts';
import type { SourceRepositories } from './source-repositories.ts';
import { hostDetails, statusDocument } from './status-document.ts';
import { readStatusFacts } from './status-facts.ts';
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
  readonly strangers: Pick<StrangerTries, 'failure'>;
  /** Empties the queue of a host's agent. */
  readonly clearHost: (host: string) => Promise<void>;
  /** Raises an application and wakes its worker. */
  readonly raise: (environment: string, app: string, trigger: Trigger) => Promise<void>;
  /** Has the repository and its sources fetched, as far as they answer. */
  readonly refresh: () => Promise<void>;
  readonly wakeups: Pick<Wakeups, 'wake'>;
  readonly now: () => Date;
  readonly repositories: SourceRepositories;
  readonly drafts: Drafts;
  readonly planner: Planner;
  /** Who commits what a person has changed. */
  readonly committer: Person;
  readonly log: Log;
  readonly ready: Operations['ready'];
  readonly secretTexts: () => Promise<readonly string[]>;
}

/** What people ask of the controller about what it deploys. */
export function createOperations(dependencies: OperationsDependencies): Omit<Operations, 'doctor' | 'hook' | 'metrics'> {
  const { environments, inventory, wanted, deployments, events, steps, hub } = dependencies;
  const hosts = () => inventory.readHosts();
  const naming = createNaming(dependencies);
  const fetchAlone = createFetchAlone(dependencies);
  return {
    environmentNames: async () => environments.all().map(({ environment }) => environment.name),
    status: async () => {
      const known = await hosts();
      const facts = await readStatusFacts({ ...dependencies, decided: naming.decidedWithRest }, known);
      return statusDocument(facts, known, await dependencies.repositories.checkouts());
    },
    history: async (query) => ({ apiVersion, deployments: await deployments.list(query) }),
    deployment: async (id) => {
      const deployment = await deployments.get(id);
      return deployment && { apiVersion, deployment };
    },
    deploymentLog: async (id, from) => maskedLog(await deployments.readLog(id, from, 1_000), await dependencies.secretTexts()),
    hosts: async () => ({ apiVersion, hosts: (await hosts()).map(hostDetails) }),
    forgetHost: (name) => forgetHost(name, { inventory, clear: dependencies.clearHost }),
    ...createDecisionOperations({ ...dependencies, naming }),
    ...createVariableOperations({ ...dependencies, ...naming, hosts, fetchAlone, refetch: createRefetch(wanted, dependencies.wakeups) }),
    ...createPersonOperations({ ...dependencies, ...naming, fetchAlone }),
    containerLogs: async ({ environment, app, service, follow, tail, signal }) => {
      environments.require(environment);
      naming.appsOf(environment, app);
      const found = containersOf({ environment, name: app }, service, await hosts());
      if (found.length === 0) throw new WindlassError('unknown-name', `${environment}/${app} has no container of a service ${service}`);
      const secrets = await dependencies.secretTexts();
      const open = async (host: string, container: string) =>
        maskedStream(await openAgentStream(hub, steps, host, { kind: 'stream-logs', container, follow, tail }, signal), secrets);
      const logs = await Promise.all(found.map(async ({ record, host }) => ({ name: record.name, lines: await open(host, record.id) })));
      return mergeLogs(logs);
    },
    events: (signal) => followEvents(events, signal),
    ready: dependencies.ready,
  };
}
