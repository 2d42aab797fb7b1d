import type { Variable } from './application.ts';

/** What makes a repository one of windlass. */
export const rootFile = 'windlass.yaml';

/** windlass.yaml as far as it is read at the repository's HEAD branch. */
export interface Root {
  readonly environments: readonly Environment[];
  readonly hosts: readonly HostDeclaration[];
  readonly sources: readonly Source[];
}

export interface Environment {
  readonly name: string;
  readonly branch: string;
  /** Undefined: every application, every host. */
  readonly apps: readonly string[] | undefined;
  readonly hosts: Readonly<Record<string, string>> | undefined;
  /** Branch of a source, where it differs from the source's own. */
  readonly sources: Readonly<Record<string, string>>;
  /** A new revision waits until a person has approved its plan. */
  readonly approval?: 'required';
  /** A deployment goes on without a host that is lost; by default it waits for it. */
  readonly onLostHost?: 'skip';
}

export interface HostDeclaration {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, Variable>>;
}

export interface Source {
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly provider: Provider;
}

export const providers = ['github', 'gitlab', 'gitea', 'bitbucket', 'standard'] as const;
export type Provider = (typeof providers)[number];
