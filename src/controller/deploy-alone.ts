import { isDeepStrictEqual } from 'node:util';
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

/**
 * Fetches for a deployment of one application in such a way that what comes in with it concerns that one alone. It is said before
 * anything is fetched, for whatever is fetched is deployed; where nothing newer has come in, there was nothing to say.
 */
export async function fetchAlone(
  { environment, app, author }: Asked,
  { environments, controls, now }: DeployAloneDependencies,
  fetch: () => Promise<void>,
): Promise<void> {
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
  try {
    await fetch();
  } finally {
    const after = environments.require(environment);
    const known = environments.appsOf(environment);
    const others = known.filter((name) => !alone.apps.includes(name));
    const isThere = known.includes(app);
    const counts = isThere && others.length > 0 && after.revision && isNews(alone, { ...after, revision: after.revision });
    // What the others were told of meanwhile concerns them after all.
    if (!counts) await controls.setAlone(environment, isThere ? undefined : said, isDeepStrictEqual(before, after) ? [] : others);
  }
}

const isNews = ({ revision, declared }: Alone, now: Pick<Alone, 'revision'> & Alone['declared']): boolean =>
  !sameRevision(revision, now.revision) || !sameDeclaration(declared, now);
