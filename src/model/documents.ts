/** The public JSON documents of `/api/v1` and of the commands' `--json`. Times are RFC 3339, hashes `sha256:…`, commits 40 hex digits. */

import type { Approval } from './control.ts';
import type { DeploymentRecord, PausedCanary } from './deployment.ts';
import type { Provider } from './root.ts';
import type { StepKind } from './step.ts';

export const apiVersion = 'windlass/v1';
export interface Versioned {
  readonly apiVersion: typeof apiVersion;
}

export interface HistoryDocument extends Versioned {
  /** Newest first. */
  readonly deployments: readonly DeploymentRecord[];
}

export interface DeploymentDocument extends Versioned {
  readonly deployment: DeploymentRecord;
}

export interface PlanDocument extends Versioned {
  readonly environment: string;
  readonly commit: string;
  readonly apps: readonly ApplicationPlan[];
}

export interface ApplicationPlan {
  readonly name: string;
  readonly steps: readonly PlannedStep[];
  /** Canaries that stand before the steps which come after them. */
  readonly canaries: readonly PlannedCanary[];
  /** Sentences: what keeps steps from being planned. */
  readonly issues: readonly string[];
  /** Sentences: what the plan waits for before it goes on. */
  readonly waiting: readonly string[];
}

export interface PlannedStep {
  readonly kind: StepKind;
  readonly name: string;
  readonly host: string;
  readonly reason: string;
  /** Of a recreate: what happens to the old one. */
  readonly order?: 'create' | 'start-first' | 'stop-first' | 'start';
  /** It waits until the canaries have been let go on, or a limit has been taken off. */
  readonly after?: 'canary' | 'limit';
}

export interface PlannedCanary {
  readonly service: string;
  /** Names of those that are first. */
  readonly containers: readonly string[];
  /** How many the service has. */
  readonly of: number;
  /** Milliseconds, or until a person says. */
  readonly pause: number | 'manual';
}

/** The canaries that stand in an environment. */
export interface CanaryDocument extends Versioned {
  readonly environment: string;
  readonly apps: readonly ApplicationCanary[];
}

export interface ApplicationCanary {
  readonly name: string;
  /** What its first containers are at. */
  readonly commit: string;
  /** What the others are at. */
  readonly deployed: string | null;
  readonly since: string;
  /** When the others follow by themselves; null: when a person says. */
  readonly until: string | null;
  readonly services: PausedCanary['services'];
}

export interface RenderDocument extends Versioned {
  readonly environment: string;
  readonly commit: string;
  readonly files: readonly RenderedFile[];
}

/** Secrets in `text` read `[secret]`. */
export interface RenderedFile {
  readonly container: string;
  readonly target: string;
  /** Octal, as `0644`. */
  readonly mode: string;
  readonly text: string;
  /** What it depends on, as dotted names down to a list or a value: `services.web.containers`. */
  readonly reads: readonly string[];
}

export interface DiffDocument extends Versioned {
  readonly environment: string;
  readonly commit: string;
  readonly files: readonly FileDifference[];
  /** Applications whose files cannot be rendered as they are declared now. */
  readonly mistakes: readonly ApplicationMistakes[];
}

/**
 * The same change in each of these containers: installed → desired as a unified diff, secrets as `[secret]`, under a line each for another
 * mode and another owner (`mode 0644 → 0600`, `owner 0:0 → 101:101`).
 */
export interface FileDifference {
  readonly containers: readonly string[];
  readonly target: string;
  readonly diff: string;
  /** A sentence: what stands before it; undefined: nothing does. */
  readonly withheld?: string;
}

export interface ApplicationMistakes {
  readonly name: string;
  /** Sentences. */
  readonly issues: readonly string[];
}

/** What a deploy request set off: each of these applications is `deploying` in the status from now until its outcome. */
export interface DeployDocument extends Versioned {
  readonly environment: string;
  readonly apps: readonly string[];
}

/** What `windlass show` prints: a deployment with all of its log. */
export interface DeploymentWithLogDocument extends DeploymentDocument {
  readonly log: readonly LogLine[];
}

export interface FreezeDocument extends Versioned {
  readonly environment: string;
  /** Null: all of the environment. */
  readonly app: string | null;
  readonly frozen: boolean;
}

/** What waits for a person. Empty `apps`: nothing does. */
export interface ApprovalDocument extends Versioned {
  readonly environment: string;
  readonly commit: string;
  readonly apps: readonly ApplicationApproval[];
  /** How config files in containers would change. */
  readonly files: readonly FileDifference[];
}

export interface ApplicationApproval extends ApplicationPlan {
  /** To be sent back by whoever agrees: it stands for this very plan. */
  readonly digest: string;
  /** An approval from before that counts or has become void; null: none. */
  readonly approval: Pick<Approval, 'by' | 'at' | 'void'> | null;
}

/** What going back would do, application by application. */
export interface RollbackDocument extends Versioned {
  readonly environment: string;
  readonly apps: readonly ApplicationRollback[];
}

export interface ApplicationRollback extends ApplicationPlan {
  /** The commit that is left. */
  readonly from: string;
  /** The deployment whose revision comes back, and its commit. */
  readonly deployment: string;
  readonly commit: string;
}

/** What Git hosts need to be told. Secrets are shown to whoever holds the admin token. */
export interface HookDocument extends Versioned {
  /** Of the repository, and so the secret. */
  readonly url: string;
  readonly provider: Provider;
  readonly secret: string;
  /** Of each source that the repository declares. */
  readonly sources: readonly SourceHook[];
  /** Who is told how deployments end, and what the messages are signed with; null: nobody. */
  readonly notify: { readonly host: string; readonly secret: string } | null;
}

export interface SourceHook {
  readonly name: string;
  readonly url: string;
  readonly provider: Provider;
  /** Null: none is configured, and everything is refused. */
  readonly secret: string | null;
}

/** Lines of a deployment from `from` on; `next` is the `from` to ask with again. */
export interface LogDocument extends Versioned {
  readonly lines: readonly LogLine[];
  readonly next: number;
}

export interface LogLine {
  readonly at: string;
  /** The step's name, or empty for the deployment itself. */
  readonly step: string;
  readonly line: string;
}

/** What `windlass doctor` found, in the order of its checks. */
export interface DoctorDocument extends Versioned {
  readonly findings: readonly Finding[];
}

/** `advice` could be better, `wrong` has to be mended, `untried` could not be found out from there. */
export interface Finding {
  readonly check: 'settings' | 'controller' | 'engine' | 'redis' | 'repository' | 'webhook' | 'clock' | 'disk' | 'agents';
  /** What it is about: `host web-1`, `Redis`. */
  readonly subject: string;
  readonly state: 'ok' | 'advice' | 'wrong' | 'untried';
  readonly message: string;
  /** What to do about it. */
  readonly cure?: string;
}

/** The answer to every refused request. `issues` are `file:line:column: message` where the repository is at fault. */
export interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly output?: string; readonly issues?: readonly string[] };
}

/** What `GET /api/v1/events` sends: something changed, read the document it names again. */
export type ServerEvent =
  | { readonly type: 'status'; readonly environment: string; readonly app: string }
  | { readonly type: 'deployment'; readonly id: string; readonly environment: string; readonly app: string; readonly state: string }
  | { readonly type: 'log'; readonly deployment: string; readonly next: number }
  | { readonly type: 'hosts' };
