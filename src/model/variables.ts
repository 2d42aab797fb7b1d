import type { Constant } from './application.ts';
import type { PlanDocument, Versioned } from './documents.ts';

/** Where a variable may be said, the weakest first. */
export const variableLevels = ['application', 'service', 'environment', 'environment-application', 'environment-service', 'host'] as const;
export type VariableLevel = (typeof variableLevels)[number];

/** As it is declared: a formula is not worked out, a secret is its name. */
export type VariableValue = { readonly constant: Constant } | { readonly cel: string } | { readonly secret: string };

/** A value and the place of its name. */
export interface PlacedValue {
  readonly level: VariableLevel;
  readonly file: string;
  readonly line: number;
  readonly value: VariableValue;
}

/** What a variable is for one service of an application: for its containers everywhere, or, with `host`, for those on it. */
export interface VariableEntry extends PlacedValue {
  readonly name: string;
  readonly app: string;
  readonly service: string;
  readonly host: string | null;
  /** What it wins over, the strongest first. */
  readonly hides: readonly PlacedValue[];
}

export interface VariablesDocument extends Versioned {
  readonly environment: string;
  /** The commit that was read; hosts' variables are from the repository's HEAD branch. */
  readonly commit: string;
  readonly variables: readonly VariableEntry[];
  /** `file:line:column: message`: what could not be read. */
  readonly issues: readonly string[];
}

/** One value to be written, or taken away, in one place. */
export interface VariableChange {
  readonly name: string;
  /** Null takes it away. */
  readonly value: VariableValue | null;
  /** Neither app, service nor host: for the whole environment. */
  readonly app?: string;
  readonly service?: string;
  readonly host?: string;
  /** environments/NAME.yaml, or the application's compose.yaml; a host's are in windlass.yaml. */
  readonly file: 'environment' | 'compose';
}

/** What changing variables would do to every environment that follows the branch. */
export interface VariablesPlanDocument extends Versioned {
  readonly environment: string;
  /** Where the commit would go. */
  readonly branch: string;
  /** The commit that it would stand on. */
  readonly base: string;
  /** Of the repository's files, unified. */
  readonly diff: string;
  /** Names that are given a value and that nothing in the repository reads. */
  readonly unread: readonly string[];
  readonly plans: readonly PlanDocument[];
}

/** A change that is a commit of the repository now, and what it sets off. */
export interface VariablesChangeDocument extends Versioned {
  readonly environment: string;
  readonly branch: string;
  readonly commit: string;
  readonly diff: string;
  /** Names that are given a value and that nothing in the repository reads. */
  readonly unread: readonly string[];
  /** The environments that follow the branch, and their applications: each is `deploying` in the status until its outcome. */
  readonly environments: readonly { readonly name: string; readonly apps: readonly string[] }[];
}
