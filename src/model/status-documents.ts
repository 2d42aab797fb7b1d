/** The public JSON documents that say how everything stands: environments, their applications and containers, hosts. See documents.ts. */
import type { Policy } from './application.ts';
import type { Freeze, Limit, Pin } from './control.ts';
import type { ApplicationState, DeploymentRecord, PausedCanary } from './deployment.ts';
import type { Versioned } from './documents.ts';
import type { ContainerRecord } from './host.ts';

/** `deployed` when everything is as it should be; an environment's state is the worst of its applications'. */
export type State = ApplicationState['state'];

export interface StatusDocument extends Versioned {
  /** The clones that windlass works from: the repository's first, then its sources'. One read in place has none. */
  readonly repositories: readonly RepositoryStatus[];
  readonly environments: readonly EnvironmentStatus[];
  readonly hosts: readonly HostStatus[];
}

export interface RepositoryStatus {
  /** `config` for the repository itself. */
  readonly source: string;
  /** Without credentials. */
  readonly url: string;
  /** When it was brought up to date last; null: never. */
  readonly fetchedAt: string | null;
  /** Why it could not be since; empty: nothing failed. */
  readonly message: string;
}

export interface EnvironmentStatus {
  readonly name: string;
  /** Null before the first revision was read. */
  readonly wanted: string | null;
  /** Null until every application has been deployed once. */
  readonly deployed: string | null;
  readonly state: State;
  /** What keeps all of it from being deployed: mistakes in windlass.yaml at the repository's HEAD. Empty: nothing. */
  readonly message: string;
  /** All of it: nothing new is deployed until the freeze is taken off; pushes are remembered. */
  readonly frozen: boolean;
  /** Who froze all of it, why and since when; null: nobody. */
  readonly freeze: Freeze | null;
  readonly apps: readonly ApplicationStatus[];
  /** How images of the wanted commit fare that no application waits for: they hold nothing up. Left out: all is well with them. */
  readonly images?: ImagesStatus;
}

export interface ImagesStatus {
  readonly state: 'building' | 'failed';
  readonly message: string;
  /** What `windlass show` has the log of. */
  readonly deployment: string;
}

export interface ApplicationStatus {
  readonly name: string;
  readonly wanted: string | null;
  readonly deployed: string | null;
  /** Its own freeze or the environment's. */
  readonly freeze: Freeze | null;
  /** The rollback that counts until something newer is pushed. */
  readonly pin: Pick<Pin, 'from' | 'deployment' | 'by' | 'at'> | null;
  /** The canary that stands: its containers are at `commit`, the others at `deployed`. */
  readonly canary: (Pick<PausedCanary, 'since' | 'services'> & { readonly commit: string; readonly until: string | null }) | null;
  /** What new revisions reach; `reached`: it is at the wanted one. */
  readonly limit: (Limit & { readonly reached: boolean }) | null;
  /** Deployed commit by source. */
  readonly sources: Readonly<Record<string, string>>;
  readonly state: State;
  readonly message: string;
  readonly services: readonly ServiceStatus[];
}

export interface ServiceStatus {
  readonly name: string;
  readonly policy: Policy;
  readonly containers: readonly ContainerStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly host: string;
  /** It carries the service's labels and was not made by windlass: it gets the service's files, and its state is nobody's. */
  readonly stranger?: true;
  readonly state: ContainerRecord['state'];
  readonly health: ContainerRecord['health'];
  /** The image's id. */
  readonly image: string;
  /** Null where it has no network of its own. */
  readonly ip: string | null;
  /** Null before the first start. */
  readonly startedAt: string | null;
  readonly configs: readonly ConfigStatus[];
}

/** The three hashes of one config file in one container; null where there is none or it is not known. */
export interface ConfigStatus {
  readonly target: string;
  readonly desired: string | null;
  readonly installed: string | null;
  readonly loaded: string | null;
  /** Which guard keeps the desired one from being installed, and why. */
  readonly held?: string;
}

export interface HostStatus {
  readonly name: string;
  readonly state: 'ready' | 'lost';
  readonly lastSeen: string;
  /** The engine's version. */
  readonly engine: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface HostsDocument extends Versioned {
  readonly hosts: readonly HostDetails[];
}

/** A host that was declared gone, and how many of windlass's containers were known there. */
export interface ForgottenHostDocument extends Versioned {
  readonly host: string;
  readonly containers: number;
}

export interface HostDetails extends HostStatus {
  readonly address: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** How many of windlass's containers it has. */
  readonly containers: number;
}

/** What `windlass deploy` prints once it has waited: the applications' states and the deployments that led there, newest first. */
export interface OutcomeDocument extends Versioned {
  readonly environment: string;
  readonly apps: readonly Pick<ApplicationStatus, 'name' | 'state' | 'wanted' | 'deployed' | 'message' | 'canary' | 'limit'>[];
  readonly deployments: readonly DeploymentRecord[];
}
