import type { Environment, Root } from '../model/application.ts';
import type { Revision } from './revisions.ts';

/** An environment as the last fetch of the repository and its sources left it. */
export interface EnvironmentState {
  readonly environment: Environment;
  readonly root: Root;
  /** Undefined while its branch has no commit. */
  readonly revision: Revision | undefined;
  readonly frozen: boolean;
  /** Why its applications could not even be listed; undefined: they could. */
  readonly problem?: string;
}

export const sameRevision = (a: Revision, b: Revision): boolean =>
  a.commit === b.commit &&
  [...new Set([...Object.keys(a.sources), ...Object.keys(b.sources)])].every((name) => a.sources[name] === b.sources[name]);
