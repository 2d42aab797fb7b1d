import type { Readable } from 'node:stream';
import type {
  ApprovalDocument,
  CanaryDocument,
  DeployDocument,
  DeploymentDocument,
  DiffDocument,
  DoctorDocument,
  FreezeDocument,
  HistoryDocument,
  HookDocument,
  LogLine,
  PlanDocument,
  RenderDocument,
  RollbackDocument,
  ServerEvent,
} from '../model/documents.ts';
import type { ForgottenHostDocument, HostsDocument, StatusDocument } from '../model/status-documents.ts';
import type { VariableChange, VariablesChangeDocument, VariablesDocument, VariablesPlanDocument } from '../model/variables.ts';

/**
 * What the API asks of the controller. Names have passed the allow-lists of model/names.ts; whether there is such an
 * application, service or deployment is the operation's to say, with WindlassError `unknown-name`.
 */
export interface Operations {
  environmentNames(): Promise<readonly string[]>;
  status(): Promise<StatusDocument>;
  history(query: { readonly environment?: string; readonly app?: string; readonly limit: number }): Promise<HistoryDocument>;
  deployment(id: string): Promise<DeploymentDocument | undefined>;
  /** Lines from number `from` on; undefined where there is no such deployment. */
  deploymentLog(id: string, from: number): Promise<{ readonly lines: readonly LogLine[]; readonly next: number } | undefined>;
  hosts(): Promise<HostsDocument>;
  /** WindlassError `conflict` for one whose agent answers. */
  forgetHost(name: string): Promise<ForgottenHostDocument>;
  plan(query: PlanQuery): Promise<PlanDocument>;
  render(query: { readonly environment: string; readonly app?: string; readonly service?: string }): Promise<RenderDocument>;
  diff(environment: string): Promise<DiffDocument>;
  /** Once it resolves, status() says `deploying` for each of the named applications until its outcome is there. */
  deploy(request: DeployRequest): Promise<DeployDocument>;
  freeze(request: FreezeRequest): Promise<FreezeDocument>;
  /** The plans that wait for a person. */
  approval(query: { readonly environment: string; readonly app?: string }): Promise<ApprovalDocument>;
  /** Agrees to these plans: a digest of `approval()` by application. WindlassError `conflict` where one is not what would be done now. */
  approve(request: {
    readonly environment: string;
    readonly apps: Readonly<Record<string, string>>;
    readonly author?: string;
  }): Promise<DeployDocument>;
  /** What going back would do: to the deployment before, or to the one named. */
  rollbackPlan(query: { readonly environment: string; readonly app?: string; readonly to?: string }): Promise<RollbackDocument>;
  /** Goes back to these deployments, by application. */
  rollback(request: {
    readonly environment: string;
    readonly apps: Readonly<Record<string, string>>;
    readonly author?: string;
  }): Promise<DeployDocument>;
  /** The canaries that stand. */
  canary(query: { readonly environment: string; readonly app?: string }): Promise<CanaryDocument>;
  /** WindlassError `conflict` where the canary of an application is not at that commit, or is over. */
  decideCanary(request: CanaryDecision): Promise<DeployDocument>;
  /** Where each variable's value comes from. */
  variables(query: {
    readonly environment: string;
    readonly app?: string;
    readonly service?: string;
    readonly variable?: string;
  }): Promise<VariablesDocument>;
  /** What a change of variables would do; nothing is written. */
  planVariables(request: VariablesPlanRequest): Promise<VariablesPlanDocument>;
  /**
   * Commits the change; resolves when what it sets off is `deploying` in status(). WindlassError `conflict` where somebody else changed the
   * same.
   */
  changeVariables(request: VariablesChangeRequest): Promise<VariablesChangeDocument>;
  /** Lines of all containers of the service, each prefixed by the container's name where there are several. */
  containerLogs(query: ContainerLogQuery): Promise<Readable>;
  /** Tries everything: writes a key, builds an empty image on each host, sends itself a webhook. */
  doctor(): Promise<DoctorDocument>;
  hook(): Promise<HookDocument>;
  /** Ends with the signal. */
  events(signal: AbortSignal): AsyncIterable<ServerEvent>;
  /** `reasons` are sentences, empty when ok. */
  ready(): Promise<{ readonly ok: boolean; readonly reasons: readonly string[] }>;
  /** Prometheus text, see metrics.ts. */
  metrics(): Promise<string>;
}

/** `service` and `container` are of the application: what a deployment limited to them would do. */
export interface PlanQuery {
  readonly environment: string;
  readonly app?: string;
  readonly service?: string;
  readonly container?: string;
  /** The repository is fetched first, as far as it answers. */
  readonly fresh?: boolean;
}

export interface CanaryDecision {
  readonly environment: string;
  /** Commits by application. */
  readonly apps: Readonly<Record<string, string>>;
  /** The others follow, or the canary goes back to what is deployed. */
  readonly decision: 'continue' | 'abort';
  readonly author?: string;
}

/** With `service` or `container` it is limited to them, and to those named before; without, a limit is taken off. */
export interface DeployRequest extends Omit<PlanQuery, 'fresh'> {
  readonly author?: string;
  /**
   * The commit at which a person has agreed to every removal, WindlassError `conflict` where the environment is at another by now; or
   * `newest`: whatever the repository, which is fetched first in any case, has by now.
   */
  readonly removals?: string;
}

export interface VariablesPlanRequest {
  readonly environment: string;
  /** Of hosts, or of what is not a host's: the two may belong to different branches. */
  readonly changes: readonly VariableChange[];
}

export interface VariablesChangeRequest extends VariablesPlanRequest {
  /** The controller itself by default. */
  readonly author?: { readonly name: string; readonly email: string };
  readonly message?: string;
  /** The commit that a person has seen the plan for. */
  readonly base?: string;
  /** The application that is to be deployed with it: what else has been pushed leaves the others where they are, as with `deploy`. */
  readonly alone?: string;
}

export interface FreezeRequest {
  readonly environment: string;
  readonly app?: string;
  readonly frozen: boolean;
  readonly reason?: string;
  readonly author?: string;
}

export interface ContainerLogQuery {
  readonly environment: string;
  readonly app: string;
  readonly service: string;
  readonly follow: boolean;
  /** Last lines of each container. */
  readonly tail: number;
  /** Aborted when nobody reads any more. */
  readonly signal: AbortSignal;
}

/** What agents fetch, undefined where there is no such thing, and where they deliver streams (stream-hub.ts). */
export interface AgentDoor {
  /** A tar of the build context that a step names. */
  buildContext(id: string, signal: AbortSignal): Promise<Readable | undefined>;
  /** The bytes of a config file by its hash. */
  content(hash: string): Promise<Uint8Array | undefined>;
  /** `docker save` of an image from the host that has it. */
  image(reference: string, signal: AbortSignal): Promise<Readable | undefined>;
  /** Pipes an upload to whoever waits for it; false where nobody does (any more). */
  deliver(id: string, upload: Readable): Promise<boolean>;
}
