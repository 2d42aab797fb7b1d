import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { messageOf, WindlassError } from '../errors.ts';
import type { CommitRequest } from '../git/commit.ts';
import type { GitThread } from '../git/create-git-thread.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import type { SystemGit } from '../git/system-git.ts';
import type { Log } from '../log.ts';
import type { Provider, Root } from '../model/root.ts';
import type { Secret } from '../secret.ts';
import type { Settings } from '../settings.ts';
import type { Sources } from '../workers/fetch-source.ts';
import type { TreeReader } from '../workers/revisions.ts';
import { removeFormerClones } from './former-clones.ts';
import { prepareSsh } from './ssh-files.ts';

export interface SourceRepositoriesDependencies {
  readonly settings: Settings;
  /** The machine's own; undefined: there is none. */
  readonly git: SystemGit | undefined;
  readonly thread: GitThread;
  readonly rootInUse: () => Root | undefined;
  /** Commits of the repository and its sources that may be read again; undefined: not known now. */
  readonly neededCommits: () => Promise<ReadonlySet<string> | undefined>;
  readonly now: () => Date;
  readonly log: Log;
}

export interface SourceRepositories extends Sources, TreeReader {
  /** How old the local copy of each that has been opened is, and why it is not newer; the repository itself first. */
  checkouts(): Promise<readonly Checkout[]>;
  /** Gives up the clones of addresses that neither the settings nor this windlass.yaml name any more. */
  tidy(declaring: Root): Promise<void>;
  /** Commits to the repository itself. */
  commit(request: CommitRequest): Promise<string>;
}

/** A clone of windlass's own. */
export interface Checkout {
  readonly source: string;
  /** The URL, without credentials. */
  readonly repository: string;
  /** Undefined: never yet. */
  readonly fetchedAt: Date | undefined;
  /** Why the last fetch failed; undefined: it did not. */
  readonly problem: string | undefined;
}

interface Opened {
  readonly source: string;
  readonly repository: Repository;
  problem: string | undefined;
}

/** The repository and the sources that windlass.yaml names, each opened when it is first asked for. */
export function createSourceRepositories(dependencies: SourceRepositoriesDependencies): SourceRepositories {
  const { settings, rootInUse } = dependencies;
  const opened = new Map<string, Promise<Opened>>();
  // What is being read may declare branches that what is in use does not have yet.
  let newestRoot: Root | undefined;
  const root = () => newestRoot ?? rootInUse();
  const locationOf = (name: string) => (name === 'config' ? configLocation(settings) : sourceLocation(settings, name, root()));

  const open = async (name: string): Promise<Opened> => {
    const found = locationOf(name);
    const key = keyOf(name, found.location);
    const opening = opened.get(key) ?? openSource(dependencies, name, found, () => branchesOf(name, root()));
    opened.set(key, opening);
    opening.catch(() => opened.delete(key));
    return opening;
  };
  const fetch = async (source: string, signal: AbortSignal) => {
    const one = await open(source);
    await one.repository.fetch(signal).then(
      () => {
        one.problem = undefined;
      },
      (error: unknown) => {
        if (!signal.aborted) one.problem = messageOf(error);
        throw error;
      },
    );
  };

  return {
    fetch: (source, declaring, signal) => {
      newestRoot = declaring ?? newestRoot;
      return fetch(source, signal);
    },
    head: async () => (await open('config')).repository.head(),
    resolve: async (source, branch, declaring) => {
      newestRoot = declaring ?? newestRoot;
      return (await open(source)).repository.resolve(branch);
    },
    tree: async (source, commit) => (await open(source)).repository.tree(commit),
    packed: async (source, commit) => (await open(source)).repository.packed(commit),
    read: async (source, oid, most) => (await open(source)).repository.read(oid, most),
    committedAt: async (source, commit) => (await open(source)).repository.committedAt(commit),
    tidy: async (declaring) => {
      const current = ['config', ...declaring.sources.map(({ name }) => name)].map((name) =>
        keyOf(name, (name === 'config' ? configLocation(settings) : sourceLocation(settings, name, declaring)).location),
      );
      for (const key of opened.keys()) if (!current.includes(key)) opened.delete(key);
      await removeFormerClones(join(settings.stateDirectory, 'git'), new Set(current), dependencies.log);
    },
    commit: async (request) => (await open('config')).repository.commit(request),
    checkouts: async () => {
      const names = settings.repository === undefined ? [] : ['config', ...(root()?.sources ?? []).map(({ name }) => name)];
      const known = await Promise.all(
        names.map(async (name): Promise<Checkout | undefined> => {
          try {
            return await checkoutOf(await open(name));
          } catch (error) {
            return { source: name, repository: '', fetchedAt: undefined, problem: messageOf(error) };
          }
        }),
      );
      return known.filter((one) => one !== undefined);
    },
  };
}

/** A path of this machine is read where it is: it is worth a word only where that fails. */
async function checkoutOf({ source, repository, problem }: Opened): Promise<Checkout | undefined> {
  if (!repository.remote && problem === undefined) return undefined;
  return { source, repository: repository.name, fetchedAt: await repository.fetchedAt(), problem };
}

const keyOf = (name: string, location: string): string => `${name}-${createHash('sha256').update(location).digest('hex').slice(0, 8)}`;

async function openSource(
  { settings, git, thread, neededCommits, now, log }: SourceRepositoriesDependencies,
  source: string,
  { location, provider, token, sshKey }: RepositoryLocation,
  branches: () => readonly string[],
): Promise<Opened> {
  const directory = join(settings.stateDirectory, 'git', keyOf(source, location));
  const ssh = await prepareSsh({ stateDirectory: settings.stateDirectory, knownHostsFile: settings.sshKnownHosts, source, key: sshKey });
  const from = { location, directory, provider, token, ssh, git, thread, branches };
  const repository = openRepository({ ...from, needed: neededCommits, now, log: log.child({ source }) });
  return { source, repository, problem: undefined };
}

interface RepositoryLocation {
  readonly location: string;
  readonly provider: Provider;
  readonly token: Secret | undefined;
  readonly sshKey: Secret | undefined;
}

/** Where the config repository is. WindlassError `settings` where nobody has said so: without it a controller has nothing to do. */
export function requireRepository({ repository }: Pick<Settings, 'repository'>): string {
  if (repository !== undefined) return repository;
  throw new WindlassError('settings', 'WINDLASS_REPOSITORY is not set: give it the URL or the path of the config repository');
}

function configLocation(settings: Settings): RepositoryLocation {
  const { repositoryProvider: provider, repositoryToken: token, repositorySshKey: sshKey } = settings;
  return { location: requireRepository(settings), provider, token, sshKey };
}

function sourceLocation(settings: Settings, name: string, root: Root | undefined): RepositoryLocation {
  const source = root?.sources.find((one) => one.name === name);
  if (!source) throw new WindlassError('unknown-name', `windlass.yaml declares no source ${name}`);
  const { token, sshKey } = settings.source(name);
  return { location: source.url, provider: source.provider, token, sshKey };
}

/** The branches to follow: each environment's own, of the repository or of a source. */
function branchesOf(name: string, root: Root | undefined): readonly string[] {
  const environments = root?.environments ?? [];
  if (name === 'config') return environments.map(({ branch }) => branch);
  const own = root?.sources.find((one) => one.name === name)?.branch;
  return [...(own === undefined ? [] : [own]), ...environments.flatMap(({ sources }) => sources[name] ?? [])];
}
