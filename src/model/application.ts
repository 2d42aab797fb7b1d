/** The words of DESIGN.md section 2 for what the repository declares, resolved for one environment. Times are milliseconds, sizes bytes. */
import type { Secret } from '../secret.ts';
import type { ContainerOptions } from './container-options.ts';
import type { DriftPolicy } from './drift.ts';
import type { Mount, Network, NetworkAttachment, Volume } from './networks-and-volumes.ts';

export type Policy = 'mutable' | 'immutable';

/** A variable: a constant, a CEL formula with its place for messages, or the name of a secret. */
export type Variable =
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'formula'; readonly cel: string; readonly place: Place }
  | { readonly kind: 'secret'; readonly name: string; readonly place: Place };

/** Plain data as YAML gives it. */
export type Constant = string | number | boolean | null | readonly Constant[] | { readonly [key: string]: Constant };

/** A place in a file of the repository; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One mistake in the repository. */
export interface Issue extends Place {
  readonly message: string;
}

/** One application of one environment at one commit. */
export interface Application {
  readonly environment: string;
  readonly name: string;
  readonly commit: string;
  /**
   * What Compose calls a project: in front of the names of networks and volumes, and a label. `<environment>-<app>` unless one is adopted.
   */
  readonly project: string;
  /** Where it is declared that containers which Compose started under `project` are taken over; undefined: they are not. */
  readonly adopts: Place | undefined;
  readonly services: readonly Service[];
  readonly networks: readonly Network[];
  readonly volumes: readonly Volume[];
}

export interface Service {
  readonly name: string;
  readonly policy: Policy;
  readonly replicas: number;
  /** One on each host that the constraints allow, whatever `replicas` says. */
  readonly global?: boolean;
  /** `node.labels.role == web`, `node.hostname != x`; all must hold. */
  readonly constraints: readonly Constraint[];
  readonly image: ServiceImage;
  readonly pullPolicy: 'missing' | 'always' | 'never';
  readonly spec: ContainerSpec;
  readonly configs: readonly ConfigFile[];
  /** In the order of the declaration; the first whose `configs` names a file, or that has none, is that file's. */
  readonly reactions: readonly Reaction[];
  readonly dependsOn: readonly Dependency[];
  readonly update: UpdatePolicy;
  /** Undefined: a new revision reaches all of its containers without a pause. */
  readonly canary?: Canary;
  /** Out of every rendered list this long before it stops. */
  readonly drainMs: number;
  readonly drift: DriftPolicy;
  /** What a list of containers must be like for a file that reads it to be installed. */
  readonly guard?: Guard;
  /** Awaited by another service as `service_completed_successfully`: done at exit 0. */
  readonly job: boolean;
  /** By name, the environment's and hosts' values already over the application's and service's; host variables are in HostDeclaration. */
  readonly variables: Readonly<Record<string, Variable>>;
  /** Where the service stands in compose.yaml, for messages. */
  readonly place: Place;
}

/** Bounds on the lists of containers that a service's config files read: a file that read one beyond them is not installed. */
export interface Guard {
  /** A list has no fewer. */
  readonly minimumMembers?: number;
  /** The share, 0 to 1, of what is installed by which a list may be shorter; those that are no longer declared are not missed. */
  readonly maximumShrink?: number;
}

export interface Constraint {
  readonly attribute: 'hostname' | 'label';
  /** The label's key where the attribute is a label. */
  readonly key: string;
  readonly operator: '==' | '!=';
  readonly value: string;
}

/** An image of windlass.yaml by name and tag, or a reference that the engine pulls. */
export type ServiceImage =
  | { readonly kind: 'built'; readonly name: string; readonly tag: string }
  /** `ids`: an image with one of them is it, whatever the reference names by now. */
  | { readonly kind: 'external'; readonly reference: string; readonly ids?: readonly string[] };

export interface Dependency {
  readonly service: string;
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
}

/** How a service's containers are changed, whether they are replaced or get new files. */
export interface UpdatePolicy {
  readonly order: 'start-first' | 'stop-first';
  /** How many at a time; 0: all. */
  readonly parallelism: number;
  /** Between one round and the next. */
  readonly delayMs: number;
  /** How long a container that was started has to stay up. */
  readonly monitorMs: number;
  /** How long one that goes on with new files is watched, where that is declared. */
  readonly watchMs?: number;
  /** The share of its containers, 0 to 1, that may fail before the deployment does. */
  readonly maxFailureRatio: number;
  /** What a failed deployment does: take back what it changed, stop where it is, or go on with the others. */
  readonly failureAction: 'rollback' | 'pause' | 'continue';
}

/** The first containers of a service that a new revision reaches, and how long they are alone with it. */
export interface Canary {
  /** How many, or how many of a hundred, rounded up. */
  readonly containers: { readonly count: number } | { readonly percent: number };
  /** `manual`: until a person says. */
  readonly pauseMs: number | 'manual';
}

/** What of a service becomes a container; a change of any of it needs a recreate. */
export interface ContainerSpec extends ContainerOptions {
  readonly command: readonly string[] | undefined;
  readonly entrypoint: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly Port[];
  readonly expose: readonly string[];
  readonly mounts: readonly Mount[];
  /** Empty with `networkMode`. */
  readonly networks: readonly NetworkAttachment[];
  readonly networkMode: 'bridge' | 'host' | 'none' | undefined;
  readonly healthcheck: Healthcheck | undefined;
  /** `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:N`. */
  readonly restart: string;
  readonly user: string | undefined;
  readonly workingDir: string | undefined;
  readonly hostname: string | undefined;
  readonly init: boolean | undefined;
  readonly readOnly: boolean;
  readonly stopSignal: string | undefined;
  readonly stopGracePeriodMs: number | undefined;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  /** `name:address`. */
  readonly extraHosts: readonly string[];
  readonly logging: { readonly driver: string | undefined; readonly options: Readonly<Record<string, string>> } | undefined;
  readonly cpus: number | undefined;
  readonly memoryBytes: number | undefined;
}

export interface Port {
  readonly target: number;
  readonly protocol: 'tcp' | 'udp';
  /** Undefined: the engine chooses one. */
  readonly published: number | undefined;
  readonly hostIp: string | undefined;
}

/** `test` as the engine takes it: `['CMD', …]`, `['CMD-SHELL', line]` or `['NONE']`; empty keeps the image's. */
export interface Healthcheck {
  readonly test: readonly string[];
  readonly intervalMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly startPeriodMs: number | undefined;
  readonly retries: number | undefined;
  /** Between two runs while it starts. */
  readonly startIntervalMs?: number;
}

/** One file to be rendered for every container of a service. */
export interface ConfigFile {
  /** The key under `configs:`; a folder's files are `key/relative/path`. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Path in the repository, for messages. */
  readonly file: string;
  /** Rendered with Mustache, or taken as it is. */
  readonly template: boolean;
  /** The secret whose text it is; `bytes` are empty then. */
  readonly secret?: string;
  /** A secret that stands in the repository: masked as others are. */
  readonly confidential?: boolean;
  /** Where its text begins, of one that stands in a file which is more than it. */
  readonly begins?: Place;
  /** Its lines are not that file's: a folded text, or escapes. */
  readonly folded?: boolean;
  readonly bytes: Uint8Array;
}

export interface Reaction {
  /** Names of `configs:` entries; undefined: all. */
  readonly configs: readonly string[] | undefined;
  /** argv; `{{staged}}` and `{{staged:SOURCE}}` stand for the candidate's path. Without either it runs in a shadow. */
  readonly check: readonly string[] | undefined;
  readonly action: Action;
  readonly verify: Verify | undefined;
  /** Undefined: nothing is said of it here, and another reaction of the application, or the default, decides. */
  readonly settle: { readonly minMs: number; readonly maxMs: number } | undefined;
}

/** What makes a new config file take effect, the weakest first. */
export const actionOrder = ['none', 'signal', 'exec', 'script', 'restart', 'recreate'] as const;
export type Action =
  | { readonly kind: 'none' }
  /** To the container's first process, or to those of that name that were not started by one of that name. */
  | { readonly kind: 'signal'; readonly signal: string; readonly process?: string }
  | { readonly kind: 'exec'; readonly argv: readonly string[] }
  /** `file` is its path in the repository, `hash` (`sha256:…`) that of its bytes. */
  | { readonly kind: 'script'; readonly file: string; readonly hash: string; readonly bytes: Uint8Array }
  | { readonly kind: 'restart' }
  | { readonly kind: 'recreate' };

/**
 * `{{container.ip}}` in the URL and arguments is the container's address; `body` is a text that the answer has to contain. `retries`: how
 * often it is tried after the first time; undefined: until `withinMs` is over.
 */
export type Verify = { readonly withinMs: number; readonly retries?: number } & (
  | { readonly kind: 'http'; readonly url: string; readonly status: number; readonly body?: string }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'exec'; readonly argv: readonly string[] }
);

/** The secrets of WINDLASS_SECRETS_DIR by file name. */
export type Secrets = Readonly<Record<string, Secret>>;
