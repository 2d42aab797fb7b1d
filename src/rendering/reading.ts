import type { Issue } from '../model/application.ts';
import { byText } from './view-object.ts';

/** Thrown while a name of the view is read, where its value cannot be had: the mistake stands elsewhere in the repository. */
export class IssueError extends Error {
  override readonly name = 'IssueError';
  readonly issue: Issue;

  constructor(issue: Issue) {
    super(issue.message);
    this.issue = issue;
  }
}

/** What was read from a view: dotted paths, down to a list or a single value, and the secrets that were revealed. */
export interface Reading {
  record(path: string): void;
  reveal(secret: string): void;
  /** Sorted. The own application's services are `services.NAME…`, however the template named them. */
  paths(): readonly string[];
  secrets(): readonly string[];
}

/** Starts an empty record for a reader in `application`. */
export function createReading(application: string): Reading {
  const paths = new Set<string>();
  const secrets = new Set<string>();
  const own = ['app.services', `apps.${application}.services`];
  return {
    record: (path) => {
      const alias = own.find((prefix) => path === prefix || path.startsWith(`${prefix}.`));
      paths.add(alias === undefined ? path : `services${path.slice(alias.length)}`);
    },
    reveal: (secret) => secrets.add(secret),
    paths: () => [...paths].sort(byText),
    secrets: () => [...secrets].sort(byText),
  };
}
