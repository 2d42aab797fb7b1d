import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Approval, Continued, Controls, Pin, Revision } from '../model/control.ts';
import type { ApplicationState, DeploymentRecord, StepRecord, Trigger } from '../model/deployment.ts';
import type { HostRecord } from '../model/host.ts';
import type { Fence, Step, StepResult } from '../model/step.ts';
import type { Word } from '../model/step-progress.ts';
import type { Decision } from '../planning/decide.ts';
import type { ImageRefresh } from '../planning/image-refreshes.ts';
import type { LeavingTerms } from '../planning/leaving.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { Revisions } from './revisions.ts';
import type { StrangerTries } from './stranger-tries.ts';

export interface DeployRequest {
  readonly environment: string;
  readonly app: string;
  readonly trigger: Trigger;
  /** What is installed and not loaded is to be tried again, though it failed before. */
  readonly again?: boolean;
}

/** What the deploy worker reads and does: everything outside its own decisions. */
export interface DeployContext {
  readonly revisions: Revisions;
  readonly hosts: () => Promise<readonly HostRecord[]>;
  /** The environment as the last fetch left it; undefined where it is no longer declared. */
  readonly environment: (name: string) => Promise<EnvironmentState | undefined>;
  readonly states: {
    readonly read: (target: string) => Promise<ApplicationState | undefined>;
    readonly write: (target: string, state: ApplicationState) => Promise<void>;
  };
  readonly remembered: {
    /** What to go by where the application, or a part of it, has left the repository. */
    readonly terms: (target: string, revision: Revision) => Promise<LeavingTerms>;
    readonly deployed: (target: string, known: Decision['remember']) => Promise<void>;
    /** Before anything is installed that was rendered from other lists. */
    readonly lists: (target: string, lists: Decision['lists']) => Promise<void>;
    /** Before any file with a secret is installed: from then on, what is there may hold secrets that nobody knows any more. */
    readonly markSecrets: (target: string) => Promise<void>;
    /** Hosts whose images that are always pulled have been asked for at this revision; undefined: nobody has asked. */
    readonly refreshed: (target: string, revision: Revision) => Promise<readonly string[] | undefined>;
    readonly markRefreshed: (target: string, revision: Revision, hosts: readonly string[]) => Promise<void>;
  };
  readonly controls: {
    readonly read: (environment: string, app: string) => Promise<Controls>;
    /** False where somebody has said something else meanwhile: `before` must be what stands there. */
    readonly setApproval: (environment: string, app: string, before: Approval, after: Approval | undefined) => Promise<boolean>;
    readonly removePin: (environment: string, app: string, pin: Pin) => Promise<void>;
    readonly removeContinued: (environment: string, app: string, continued: Continued) => Promise<void>;
  };
  readonly deployments: {
    readonly create: (record: DeploymentRecord) => Promise<void>;
    readonly update: (id: string, patch: Partial<Omit<DeploymentRecord, 'id' | 'steps'>>) => Promise<void>;
    readonly setStep: (id: string, index: number, step: StepRecord) => Promise<void>;
    readonly latest: (environment: string, app: string) => Promise<DeploymentRecord | undefined>;
  };
  readonly underWay: UnderWay;
  /** Those of the hosts whose agents do not answer within a few seconds, or whose engines do not answer them. */
  readonly askAgents: (hosts: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;
  /** Brings what the images' tags name by now into the hosts and the inventory, as far as their registries answer. */
  readonly refreshImages: (refreshes: readonly ImageRefresh[], signal: AbortSignal) => Promise<void>;
  readonly pauses: CanaryPauses;
  readonly strangers: StrangerTries;
  readonly runStep: (request: StepRequest) => Promise<StepResult>;
  readonly nextFence: () => Promise<number>;
  /** Keeps config files' bytes for agents to fetch. */
  readonly keepContents: (contents: ReadonlyMap<string, Uint8Array>) => void;
  /** Keeps texts for masking. */
  readonly keepSecrets: (secrets: readonly string[]) => void;
  readonly mask: (text: string) => string;
  /** Resolves when some host's containers change, or after the time; rejects when aborted. */
  readonly inventoryChange: (withinMs: number, signal: AbortSignal) => Promise<void>;
  /** Told after every deployment that ended. */
  readonly ended: (record: DeploymentRecord) => Promise<void>;
  /** Ids of the pushes that led to this run, for logs; none for what containers themselves set off. */
  readonly pushes: readonly string[];
  readonly fault: Fault;
  readonly newId: () => string;
  readonly now: () => Date;
  readonly log: Log;
}

/** Lets canaries go on once their pauses are over. */
export interface CanaryPauses {
  /** `until`: RFC 3339. */
  add(pause: { readonly environment: string; readonly app: string; readonly revision: Revision; readonly until: string }): void;
}

/** The revisions that applications are being brought to at this moment, so that a person who asks for one joins its run. */
export interface UnderWay {
  /** Until the function that it answers is called. */
  begin(target: string, revision: Revision): () => void;
  get(target: string): Revision | undefined;
}

export function createUnderWay(): UnderWay {
  const running = new Map<string, Revision>();
  return {
    begin: (target, revision) => {
      running.set(target, revision);
      return () => void running.delete(target);
    },
    get: (target) => running.get(target),
  };
}

export interface StepRequest {
  readonly step: Step;
  readonly fence: Fence;
  readonly deployment: string;
  readonly pushes?: readonly string[];
  readonly signal: AbortSignal;
  readonly onStart?: () => void;
  /** Of a push: it waits for a word once its files are accepted (model/step-progress.ts). */
  readonly onHeld?: (say: (word: Word) => Promise<void>) => void;
  /** How long it waits at most, milliseconds. */
  readonly heldMs?: number;
  readonly onVerified?: () => void;
}
