import type { Revision } from '../model/control.ts';
import type { Environment, Root } from '../model/root.ts';

/** An environment as the last fetch of the repository and its sources left it. */
export interface EnvironmentState {
  readonly environment: Environment;
  readonly root: Root;
  /** Undefined while its branch has no commit. */
  readonly revision: Revision | undefined;
  /** Why its applications could not even be listed; undefined: they could. */
  readonly problem?: string;
}

/** Whether something was pushed since: a source that cannot be read just now, or is declared for the first time, is no push. */
export const isNewer = (newest: Revision, than: Revision): boolean =>
  newest.commit !== than.commit ||
  Object.entries(newest.sources).some(([name, commit]) => than.sources[name] !== undefined && than.sources[name] !== commit);

export const sameRevision = (a: Revision, b: Revision): boolean =>
  a.commit === b.commit &&
  [...new Set([...Object.keys(a.sources), ...Object.keys(b.sources)])].every((name) => a.sources[name] === b.sources[name]);
