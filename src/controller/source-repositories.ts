import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { WindlassError } from '../errors.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import type { Log } from '../log.ts';
import type { Provider, Root } from '../model/application.ts';
import type { Secret } from '../secret.ts';
import type { Settings } from '../settings.ts';
import type { Sources } from '../workers/fetch-source.ts';
import type { TreeReader } from '../workers/revisions.ts';

/** The repository and the sources that windlass.yaml names, each opened when it is first asked for. */
export function createSourceRepositories(settings: Settings, rootInUse: () => Root | undefined, log: Log): Sources & TreeReader {
  const opened = new Map<string, Repository>();
  // What is being read may declare branches that what is in use does not have yet.
  let newestRoot: Root | undefined;
  const root = () => newestRoot ?? rootInUse();

  const open = (name: string): Repository => {
    const { location, provider, token } = name === 'config' ? configLocation(settings) : sourceLocation(settings, name, root());
    const directory = join(settings.stateDirectory, 'git', `${name}-${createHash('sha256').update(location).digest('hex').slice(0, 8)}`);
    const found = opened.get(directory);
    if (found) return found;
    const repository = openRepository({
      location,
      directory,
      provider,
      token,
      branches: () => branchesOf(name, root()),
      log: log.child({ source: name }),
    });
    opened.set(directory, repository);
    return repository;
  };

  return {
    fetch: (source, declaring, signal) => {
      newestRoot = declaring ?? newestRoot;
      return open(source).fetch(signal);
    },
    head: () => open('config').head(),
    resolve: (source, branch, declaring) => {
      newestRoot = declaring ?? newestRoot;
      return open(source).resolve(branch);
    },
    tree: (source, commit) => open(source).tree(commit),
    read: (source, oid) => open(source).read(oid),
    committedAt: (source, commit) => open(source).committedAt(commit),
  };
}

interface RepositoryLocation {
  readonly location: string;
  readonly provider: Provider;
  readonly token: Secret | undefined;
}

function configLocation({ repository, repositoryProvider, repositoryToken }: Settings): RepositoryLocation {
  if (repository === undefined) {
    throw new WindlassError('settings', 'WINDLASS_REPOSITORY is not set: give it the URL or the path of the config repository');
  }
  return { location: repository, provider: repositoryProvider, token: repositoryToken };
}

function sourceLocation(settings: Settings, name: string, root: Root | undefined): RepositoryLocation {
  const source = root?.sources.find((one) => one.name === name);
  if (!source) throw new WindlassError('unknown-name', `windlass.yaml declares no source ${name}`);
  return { location: source.url, provider: source.provider, token: settings.source(name).token };
}

/** The branches to follow: each environment's own, of the repository or of a source. */
function branchesOf(name: string, root: Root | undefined): readonly string[] {
  const environments = root?.environments ?? [];
  if (name === 'config') return environments.map(({ branch }) => branch);
  const own = root?.sources.find((one) => one.name === name)?.branch;
  return [...(own === undefined ? [] : [own]), ...environments.flatMap(({ sources }) => sources[name] ?? [])];
}
