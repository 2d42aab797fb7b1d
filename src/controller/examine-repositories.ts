import type { Operations } from '../api/operations.ts';
import { judgeRepository, judgeSource, type RepositoryFacts } from '../doctor/judge-repository.ts';
import { messageOf } from '../errors.ts';
import { askAccessRights } from '../git/access-rights.ts';
import { silentLog } from '../log.ts';
import type { Finding } from '../model/documents.ts';
import type { Source } from '../model/root.ts';
import type { Settings } from '../settings.ts';
import { createReporter } from '../status/reporter.ts';
import type { EnvironmentStore } from './environment-store.ts';
import type { SourceRepositories } from './source-repositories.ts';

export interface ExaminedRepositories {
  readonly settings: Settings;
  readonly environments: EnvironmentStore;
  readonly repositories: Pick<SourceRepositories, 'fetch'>;
  readonly plan: Operations['plan'];
}

const withinMs = 20_000;

/** The repository and every source that windlass.yaml names: what they let windlass do, and what is wrong in the first. */
export async function examineRepositories(dependencies: ExaminedRepositories, redisThere: boolean): Promise<readonly Finding[]> {
  const sources = dependencies.environments.root()?.sources ?? [];
  const found = await Promise.all([
    readRepository(dependencies, redisThere).then(judgeRepository),
    ...sources.map((source) => examineSource(source, dependencies)),
  ]);
  return found.flat();
}

type Asked = Pick<Source, 'provider'> & { readonly location: string; readonly token: Settings['repositoryToken'] };

/** Asked as a fetch and as a push would, then fetched: over SSH only that tells. */
async function ask(name: string, asked: Asked, { repositories, environments }: ExaminedRepositories) {
  const rights = await askAccessRights(asked).catch((error: unknown) => ({
    name: name === 'config' ? 'the repository' : `source ${name}`,
    readError: messageOf(error),
    mayPush: undefined,
  }));
  if (rights.readError !== undefined) return rights;
  const readError = await repositories.fetch(name, environments.root(), AbortSignal.timeout(withinMs)).then(() => undefined, messageOf);
  return { ...rights, readError };
}

async function examineSource({ name, url, provider }: Source, dependencies: ExaminedRepositories): Promise<readonly Finding[]> {
  const { token } = dependencies.settings.source(name);
  const rights = await ask(name, { location: url, provider, token }, dependencies);
  return judgeSource({ ...rights, source: name, hasToken: token !== undefined });
}

async function readRepository(dependencies: ExaminedRepositories, redisThere: boolean): Promise<RepositoryFacts> {
  const { settings, environments, plan } = dependencies;
  const { repository, repositoryToken: token, repositoryProvider: provider } = settings;
  const hasToken = token !== undefined;
  const nothing = { hasToken, mayPush: undefined, mayReport: undefined, mistakes: undefined };
  if (repository === undefined) return { ...nothing, name: undefined, readError: undefined };
  const rights = await ask('config', { location: repository, provider, token }, dependencies);
  if (rights.readError !== undefined) return { ...nothing, ...rights };
  const reporter = reporterOf(settings);
  const mayReport = reporter && ((await reporter.mayReport()) ?? 'untold');
  return { hasToken, ...rights, mayReport, mistakes: redisThere ? await mistakesOf(environments, plan) : undefined };
}

const reporterOf = ({ repository, repositoryProvider, repositoryApiUrl, repositoryToken }: Settings) =>
  createReporter({
    provider: repositoryProvider,
    apiUrl: repositoryApiUrl,
    token: repositoryToken,
    repositoryUrl: repository ?? '',
    log: silentLog,
  });

async function mistakesOf(environments: EnvironmentStore, plan: Operations['plan']): Promise<readonly string[] | undefined> {
  const problem = environments.problem();
  if (problem !== undefined) return problem.split('\n');
  const declared = environments.all().filter(({ revision }) => revision !== undefined);
  if (declared.length === 0) return undefined;
  const plans = await Promise.all(
    declared.map(({ environment: { name } }) =>
      plan({ environment: name }).then(
        ({ apps }) => apps.flatMap(({ issues }) => issues.map((issue) => `${name}: ${issue}`)),
        (error: unknown) => [`${name}: ${messageOf(error)}`],
      ),
    ),
  );
  return plans.flat();
}
