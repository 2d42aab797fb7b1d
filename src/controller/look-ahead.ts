import { revisionOf } from '../workers/fetch-source.ts';
import type { Question, Revisions } from '../workers/revisions.ts';
import type { EnvironmentStore } from './environment-store.ts';
import type { SourceRepositories } from './source-repositories.ts';

export interface LookAheadDependencies {
  readonly environments: Pick<EnvironmentStore, 'require'>;
  readonly repositories: Pick<SourceRepositories, 'fetch' | 'head' | 'resolve'>;
  readonly revisions: Pick<Revisions, 'root' | 'names'>;
}

/** An environment as it would be once it is fetched, and the applications it has then. */
export interface Ahead {
  readonly question: Question;
  readonly apps: readonly string[];
}

/** A Git host that is away is not waited for. */
const patienceMs = 10_000;

/**
 * Looks at what has been pushed before anybody takes account of it: what a person is shown is not deployed by being shown. Undefined
 * where it cannot be read, or has mistakes in windlass.yaml: then nothing but what is known will be deployed.
 */
export async function lookAhead(
  name: string,
  { environments, repositories, revisions }: LookAheadDependencies,
): Promise<Ahead | undefined> {
  const known = environments.require(name);
  const signal = AbortSignal.timeout(patienceMs);
  const sources = ['config', ...known.root.sources.map((source) => source.name)];
  await Promise.allSettled(sources.map((source) => repositories.fetch(source, known.root, signal)));
  const branch = await repositories.head();
  const commit = await repositories.resolve('config', branch);
  const { root, issues } = commit === undefined ? { root: undefined, issues: [] } : await revisions.root(commit);
  const environment = root?.environments.find((one) => one.name === name);
  if (commit === undefined || !root || !environment || issues.length > 0) return undefined;
  const revision = await revisionOf(environment, root, { branch, commit }, repositories);
  if (!revision) return undefined;
  const question = { environment, root, revision };
  return { question, apps: await revisions.names(question) };
}
