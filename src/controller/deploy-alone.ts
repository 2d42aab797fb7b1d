import { isDeepStrictEqual } from 'node:util';
import { createKeyedLock } from '../keyed-lock.ts';
import type { Alone } from '../model/control.ts';
import { sameDeclaration } from '../planning/plan-digest.ts';
import type { ControlStore } from '../queue/controls.ts';
import { sameRevision } from '../workers/environment-state.ts';
import type { EnvironmentStore } from './environment-store.ts';

export interface DeployAloneDependencies {
  readonly environments: Pick<EnvironmentStore, 'require' | 'appsOf'>;
  readonly controls: Pick<ControlStore, 'readAlone' | 'setAlone'>;
  readonly now: () => Date;
}

interface Asked {
  readonly environment: string;
  /** Undefined: all of them, which takes along those that were left. */
  readonly app?: string | undefined;
  readonly author: string;
}

/** A commit that is made on the way: it concerns nobody but whom it is written for. */
export interface OwnCommit {
  readonly commit: string;
  /** The commit that it stands on. */
  readonly base: string;
}

export interface Fetched {
  readonly own?: OwnCommit;
}

/** Says whom what comes in with `fetch` concerns, from before it begins. */
export type FetchAlone = <T extends Fetched>(asked: Asked, fetch: () => Promise<T>) => Promise<T>;

/** One at a time in an environment: each goes on from what the one before has said. */
export function createFetchAlone(dependencies: DeployAloneDependencies): FetchAlone {
  const inTurn = createKeyedLock();
  return (asked, fetch) => inTurn(asked.environment, () => fetchAlone(asked, dependencies, fetch));
}

/**
 * Fetches for a deployment of one application in such a way that what comes in with it concerns that one alone. It is said before
 * anything is fetched, for whatever is fetched is deployed; where nothing newer has come in, there was nothing to say.
 */
async function fetchAlone<T extends Fetched>(
  { environment, app, author }: Asked,
  { environments, controls, now }: DeployAloneDependencies,
  fetch: () => Promise<T>,
): Promise<T> {
  const before = environments.require(environment);
  const said = await controls.readAlone(environment);
  if (app === undefined || !before.revision) {
    if (said) await controls.setAlone(environment, undefined, environments.appsOf(environment));
    return fetch();
  }
  const { environment: declaration, root, revision } = before;
  const first: Alone = { apps: [], revision, declared: { environment: declaration, root }, by: author, at: now().toISOString() };
  const { apps, ...rest } = said ?? first;
  const alone = { ...rest, apps: [...new Set([...apps, app])].sort() };
  await controls.setAlone(environment, alone, []);
  let fetched: T | undefined;
  try {
    fetched = await fetch();
    return fetched;
  } finally {
    const after = environments.require(environment);
    const known = environments.appsOf(environment);
    const others = known.filter((name) => !alone.apps.includes(name));
    const isDone = fetched !== undefined && known.includes(app);
    const counts = isDone && others.length > 0 && after.revision && isNews(alone, { ...after, revision: after.revision }, fetched?.own);
    // What the others were told of meanwhile concerns them after all.
    if (!counts) await controls.setAlone(environment, isDone ? undefined : said, isDeepStrictEqual(before, after) ? [] : others);
  }
}

/** Something that somebody else has pushed. */
function isNews({ revision, declared }: Alone, now: Pick<Alone, 'revision'> & Alone['declared'], own: OwnCommit | undefined): boolean {
  const isOwn = own !== undefined && own.base === revision.commit && own.commit === now.revision.commit;
  const pushed = isOwn ? { ...now.revision, commit: own.base } : now.revision;
  return !sameRevision(revision, pushed) || !sameDeclaration(declared, now);
}
