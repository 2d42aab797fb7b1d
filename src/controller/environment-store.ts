import { WindlassError } from '../errors.ts';
import type { Root } from '../model/application.ts';
import type { StateStore } from '../queue/state.ts';
import type { EnvironmentState } from '../workers/environment-state.ts';

/** The environments as the last fetch left them. The repository is their truth and is read at every start; only a freeze is Redis's. */
export interface EnvironmentStore {
  all(): readonly EnvironmentState[];
  get(name: string): EnvironmentState | undefined;
  /** As `get`, but WindlassError `unknown-name` where there is none. */
  require(name: string): EnvironmentState;
  appsOf(name: string): readonly string[];
  apps(): Readonly<Record<string, readonly string[]>>;
  root(): Root | undefined;
  /** The repository's HEAD branch, which declares the environments; undefined before the first fetch. */
  head(): string | undefined;
  write(read: {
    readonly states: readonly EnvironmentState[];
    readonly apps: Readonly<Record<string, readonly string[]>>;
    readonly head: string;
  }): Promise<void>;
  freeze(name: string, frozen: boolean): Promise<void>;
  /** What is wrong with windlass.yaml; undefined: nothing. */
  problem(): string | undefined;
  setProblem(message: string | undefined): void;
}

/** What Redis keeps of an environment, for the next start and for whoever looks there. */
export interface KeptEnvironment {
  readonly branch: string;
  readonly commit: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly frozen: boolean;
}

export function createEnvironmentStore(
  states: Pick<StateStore<KeptEnvironment>, 'readEnvironment' | 'writeEnvironment'>,
): EnvironmentStore {
  let environments = new Map<string, EnvironmentState>();
  let apps: Readonly<Record<string, readonly string[]>> = {};
  let head: string | undefined;
  let problem: string | undefined;

  const persist = async ({ environment, revision, frozen }: EnvironmentState) => {
    if (!revision) return;
    await states.writeEnvironment(environment.name, {
      commit: revision.commit,
      sources: { ...revision.sources },
      branch: environment.branch,
      frozen,
    });
  };
  const require = (name: string): EnvironmentState => {
    const found = environments.get(name);
    if (found) return found;
    const known = [...environments.keys()];
    throw new WindlassError(
      'unknown-name',
      `there is no environment ${name}; windlass.yaml declares ${known.length > 0 ? known.join(', ') : 'none that could be read'}`,
    );
  };
  return {
    all: () => [...environments.values()],
    get: (name) => environments.get(name),
    require,
    appsOf: (name) => apps[name] ?? [],
    apps: () => apps,
    root: () => [...environments.values()][0]?.root,
    head: () => head,
    write: async (read) => {
      const known = await Promise.all(
        read.states.map(async (state) => ({ ...state, frozen: (await states.readEnvironment(state.environment.name))?.frozen ?? false })),
      );
      environments = new Map(known.map((state) => [state.environment.name, state]));
      apps = read.apps;
      head = read.head;
      await Promise.all(known.map(persist));
    },
    freeze: async (name, frozen) => {
      const state = { ...require(name), frozen };
      environments.set(name, state);
      await persist(state);
    },
    problem: () => problem,
    setProblem: (message) => {
      problem = message;
    },
  };
}
