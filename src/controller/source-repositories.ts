import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { WindlassError } from '../errors.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import type { Log } from '../log.ts';
import type { Root } from '../model/application.ts';
import type { Settings } from '../settings.ts';
import type { Sources } from '../workers/fetch-source.ts';
import type { TreeReader } from '../workers/revisions.ts';

/** The repository and the sources that windlass.yaml names, each opened when it is first asked for. */
export function createSourceRepositories(settings: Settings, rootInUse: () => Root | undefined, log: Log): Sources & TreeReader {
  const opened = new Map<string, Repository>();
  const directoryOf = (name: string, location: string) =>
    join(settings.stateDirectory, 'git', `${name}-${createHash('sha256').update(location).digest('hex').slice(0, 8)}`);

  const config = (): Repository => {
    if (settings.repository === undefined) {
      throw new WindlassError('settings', 'WINDLASS_REPOSITORY is not set: give it the URL or the path of the config repository');
    }
    return openRepository({
      location: settings.repository,
      directory: directoryOf('config', settings.repository),
      provider: settings.repositoryProvider,
      token: settings.repositoryToken,
      branches: () => (rootInUse()?.environments ?? []).map(({ branch }) => branch),
      log: log.child({ source: 'config' }),
    });
  };
  const declared = (name: string, root: Root | undefined): Repository => {
    const source = root?.sources.find((one) => one.name === name);
    if (!source) throw new WindlassError('unknown-name', `windlass.yaml declares no source ${name}`);
    return openRepository({
      location: source.url,
      directory: directoryOf(name, source.url),
      provider: source.provider,
      token: settings.source(name).token,
      branches: () => [source.branch, ...(root?.environments ?? []).flatMap(({ sources }) => sources[name] ?? [])],
      log: log.child({ source: name }),
    });
  };
  /** A source whose declaration has changed is opened anew. */
  const repository = (name: string, root: Root | undefined = rootInUse()): Repository => {
    const source = name === 'config' ? undefined : root?.sources.find((one) => one.name === name);
    const key = name === 'config' ? name : JSON.stringify([source, root?.environments.map(({ sources }) => sources[name])]);
    const found = opened.get(key);
    if (found) return found;
    const fresh = name === 'config' ? config() : declared(name, root);
    opened.set(key, fresh);
    return fresh;
  };

  return {
    fetch: (source, root, signal) => repository(source, root).fetch(signal),
    head: () => repository('config').head(),
    resolve: (source, branch, root) => repository(source, root).resolve(branch),
    tree: (source, commit) => repository(source).tree(commit),
    read: (source, oid) => repository(source).read(oid),
  };
}
