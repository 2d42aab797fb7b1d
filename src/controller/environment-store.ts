import { WindlassError } from '../errors.ts';
import type { Root } from '../model/root.ts';
import type { StateStore } from '../queue/state.ts';
import type { EnvironmentState } from '../workers/environment-state.ts';
import type { ReadEnvironments } from '../workers/fetch-source.ts';

/** The environments as the last fetch left them. The repository is their truth and is read at every start. */
export interface EnvironmentStore {
  all(): readonly EnvironmentState[];
  get(name: string): EnvironmentState | undefined;
  /** As `get`, but WindlassError `unknown-name` where there is none. */
  require(name: string): EnvironmentState;
  /** Those of the repository, then those that have left it but still have containers. */
  appsOf(name: string): readonly string[];
  /** Those of the repository. */
  apps(): Readonly<Record<string, readonly string[]>>;
  root(): Root | undefined;
  /** The repository's HEAD branch, which declares the environments; undefined before the first fetch. */
  head(): string | undefined;
  write(read: ReadEnvironments): Promise<void>;
  /** What has left the repository but still has containers: applications by environment, those of former environments among them. */
  setDeparted(apps: Readonly<Record<string, readonly string[]>>): void;
  /** Environments that windlass.yaml no longer has, whether or not there are containers of theirs. */
  former(): readonly string[];
  /** A former one is known no more. */
  forget(name: string): Promise<void>;
  /** What is wrong with windlass.yaml; undefined: nothing. */
  problem(): string | undefined;
  setProblem(message: string | undefined): void;
}

/** What Redis keeps of an environment, for the next start and for whoever looks there. */
export interface KeptEnvironment {
  readonly branch: string;
  readonly commit: string;
  readonly sources: Readonly<Record<string, string>>;
}

export function createEnvironmentStore(
  states: Pick<StateStore<KeptEnvironment>, 'writeEnvironment' | 'environments' | 'forgetEnvironment'>,
): EnvironmentStore {
  let environments = new Map<string, EnvironmentState>();
  let former = new Map<string, EnvironmentState>();
  let departed: Readonly<Record<string, readonly string[]>> = {};
  let apps: Readonly<Record<string, readonly string[]>> = {};
  let head: string | undefined;
  let problem: string | undefined;

  const persist = async ({ environment, revision }: EnvironmentState) => {
    if (!revision) return;
    await states.writeEnvironment(environment.name, {
      commit: revision.commit,
      sources: { ...revision.sources },
      branch: environment.branch,
    });
  };
  /** A former environment is there for as long as containers of it are. */
  const present = () => [...environments.values(), ...[...former.values()].filter(({ environment }) => departed[environment.name])];
  const get = (name: string) => present().find(({ environment }) => environment.name === name);
  const require = (name: string): EnvironmentState => {
    const found = get(name);
    if (found) return found;
    const known = [...environments.keys()];
    throw new WindlassError(
      'unknown-name',
      `there is no environment ${name}; windlass.yaml declares ${known.length > 0 ? known.join(', ') : 'none that could be read'}`,
    );
  };
  return {
    all: present,
    get,
    require,
    appsOf: (name) => [...(apps[name] ?? []), ...(departed[name] ?? [])],
    apps: () => apps,
    root: () => [...environments.values()][0]?.root,
    head: () => head,
    write: async (read) => {
      const left = await readFormer(read, states);
      // All at once: an environment that is known while its applications are not would seem to have nothing to do.
      environments = new Map(read.states.map((state) => [state.environment.name, state]));
      former = left;
      // Who has just left is there until somebody has looked: an environment must not seem to have nothing to do in between.
      departed = withVanished(departed, apps, read.apps);
      apps = read.apps;
      head = read.head;
      await Promise.all(read.states.map(persist));
    },
    setDeparted: (now) => {
      departed = now;
    },
    former: () => [...former.keys()],
    forget: async (name) => {
      former.delete(name);
      await states.forgetEnvironment(name);
    },
    problem: () => problem,
    setProblem: (message) => {
      problem = message;
    },
  };
}

type AppsByEnvironment = Readonly<Record<string, readonly string[]>>;

function withVanished(departed: AppsByEnvironment, before: AppsByEnvironment, now: AppsByEnvironment): AppsByEnvironment {
  const names = new Set([...Object.keys(departed), ...Object.keys(before)]);
  const both = [...names].map((name): [string, readonly string[]] => {
    const vanished = (before[name] ?? []).filter((app) => !now[name]?.includes(app));
    const known = (departed[name] ?? []).filter((app) => !now[name]?.includes(app));
    return [name, [...new Set([...known, ...vanished])].sort()];
  });
  return Object.fromEntries(both.filter(([, apps]) => apps.length > 0));
}

/** Environments that were declared once: nothing is declared of them at the commit that no longer has them. */
async function readFormer(
  { states: declared, head, commit }: ReadEnvironments,
  states: Pick<StateStore<KeptEnvironment>, 'environments'>,
): Promise<Map<string, EnvironmentState>> {
  const root = declared[0]?.root;
  if (!root) return new Map();
  const names = (await states.environments()).filter((name) => !declared.some(({ environment }) => environment.name === name));
  const former = names.map((name): [string, EnvironmentState] => {
    const environment = { name, branch: head, apps: [], hosts: undefined, sources: {} };
    return [name, { environment, root, revision: { commit, sources: {} } }];
  });
  return new Map(former);
}
