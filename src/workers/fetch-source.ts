import { messageOf, WindlassError } from '../errors.ts';
import type { Fault } from '../fault.ts';
import type { Log } from '../log.ts';
import type { Revision } from '../model/control.ts';
import type { Trigger } from '../model/deployment.ts';
import type { Environment, Root } from '../model/root.ts';
import type { EnvironmentState } from './environment-state.ts';
import { fetchOtherSources } from './fetch-other-sources.ts';
import { issuesMessage } from './outcome.ts';
import type { Question, Revisions } from './revisions.ts';
import { whatMoved } from './what-moved.ts';

/** Where commits come from: the repository (`config`) and the sources that windlass.yaml declares. */
export interface Sources {
  /** Brings the local copy up to date; nothing to do for a repository on this machine. */
  fetch(source: string, root: Root | undefined, signal: AbortSignal): Promise<void>;
  /** The name of the repository's HEAD branch. */
  head(): Promise<string>;
  /** The commit of a branch; undefined where there is no such branch. */
  resolve(source: string, branch: string, root?: Root): Promise<string | undefined>;
}

/** What a fetch has read. */
export interface ReadEnvironments {
  readonly states: readonly EnvironmentState[];
  readonly apps: Readonly<Record<string, readonly string[]>>;
  /** The branch that declares them, and its commit. */
  readonly head: string;
  readonly commit: string;
}

export interface FetchContext {
  readonly sources: Sources;
  readonly revisions: Pick<Revisions, 'root' | 'names'>;
  readonly environments: {
    readonly all: () => Promise<readonly EnvironmentState[]>;
    /** The applications of each, as the last fetch found them. */
    readonly apps: () => Readonly<Record<string, readonly string[]>>;
    /** Those not among them have left, and stay known while containers of theirs are there. */
    readonly write: (read: ReadEnvironments) => Promise<void>;
    /** The applications of an environment and those that have left it but still have containers. */
    readonly targets: (environment: string) => readonly string[];
    /** What is wrong with windlass.yaml at HEAD, and at which commit; undefined: nothing. */
    readonly rootProblem: (problem: { readonly message: string; readonly commit?: string } | undefined) => Promise<void>;
  };
  /** The ids of pushes to these revisions that the log does not name already. */
  readonly untold: (revisions: readonly Revision[]) => readonly string[];
  /** Told of each environment that moves, before anything of it is raised. */
  readonly moves: (environment: string, revision: Revision) => Promise<void>;
  readonly raise: (environment: string, app: string, trigger: Trigger) => Promise<void>;
  /**
   * Environments that moved and of which not everything is raised yet, by the fetch that does it: one that is cut short is made up for by
   * the next.
   */
  readonly unraised: Map<string, object>;
  /** Has a source fetched again after a pause, and after a longer one where that fails too. */
  readonly retry: (source: string) => Promise<void>;
  /** Sources that could not be fetched when somebody tried last: nobody else waits for them. */
  readonly failing: Set<string>;
  /** Branches that a source did not have when it was fetched for them: only its own fetches bring them. */
  readonly lacking: Set<string>;
  /** How long a reading waits for a source that is not here yet, in milliseconds. */
  readonly patienceMs: number;
  /** One reads at a time: a reading that began earlier must not be written over a later one. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Builds what is declared, used or not. */
  readonly wakeBuilds: (environment: string, trigger: Trigger) => Promise<void>;
  /** Tells the Git host at once that a new revision is being deployed. */
  readonly pending: (environment: string, commit: string) => Promise<void>;
  readonly fault: Fault;
  readonly log: Log;
}

export interface FetchRequest {
  readonly source: string;
  readonly trigger: Trigger;
  readonly forced: boolean;
}

/**
 * Fetches one source and raises every application of each environment whose revision has moved.
 * A windlass.yaml with mistakes changes nothing: the environments stay as they were declared last.
 */
export async function fetchSource(request: FetchRequest, context: FetchContext, signal: AbortSignal): Promise<void> {
  const { sources, environments } = context;
  const known = await environments.all();
  // A Git host that is away is tried again later; what was fetched before goes on being deployed.
  const away = await sources.fetch(request.source, known[0]?.root, signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (away === undefined) context.failing.delete(request.source);
  else context.failing.add(request.source);
  if (away !== undefined && (known.length > 0 || !(await hasCommit(sources)))) throw away;
  await context.inTurn(() => readEnvironments(request, context, signal));
  if (away !== undefined) throw away;
}

async function readEnvironments(request: FetchRequest, context: FetchContext, signal: AbortSignal): Promise<void> {
  const { environments, unraised } = context;
  signal.throwIfAborted();
  const known = await environments.all();
  const declaring = await readRoot(context);
  if (!declaring) return;
  await fetchOtherSources(declaring.root, { fetched: request.source, begins: known.length === 0 }, context, signal);

  const { branch: head, commit } = declaring;
  const { states, apps } = await readStates(declaring, context);
  const declared = whatMoved(states, { known, forced: request.forced, unraised: new Set(unraised.keys()) });
  const mine = {};
  for (const { environment } of declared) unraised.set(environment.name, mine);
  // Before anything is raised, so that no run begins with what was there before.
  await environments.write({ states, apps, head, commit });
  context.fault('source:fetched');
  const isDeclared = ({ environment }: EnvironmentState) => states.some((state) => state.environment.name === environment.name);
  const former = (await environments.all()).filter((state) => !isDeclared(state));
  const moved = [...declared, ...whatMoved(former, { known, forced: request.forced })];
  logFetched(request, moved, context);
  for (const state of moved) {
    await raiseAll(state, request.trigger, context);
    if (unraised.get(state.environment.name) === mine) unraised.delete(state.environment.name);
  }
}

interface Declaring extends Head {
  readonly root: Root;
}

interface Head {
  readonly branch: string;
  readonly commit: string;
}

/** Windlass.yaml at HEAD; undefined where it cannot be used, which is said to whoever looks. */
async function readRoot({ sources, revisions, environments, log }: FetchContext): Promise<Declaring | undefined> {
  const branch = await sources.head();
  const commit = await sources.resolve('config', branch);
  if (commit === undefined) {
    await environments.rootProblem({ message: `the repository has no commit on its HEAD branch ${branch} yet: push one` });
    return undefined;
  }
  const { root, issues } = await revisions.root(commit);
  if (!root || issues.length > 0) {
    log.warn({ commit, issues: issues.length }, 'windlass.yaml has mistakes');
    await environments.rootProblem({ message: issuesMessage(issues), commit });
    return undefined;
  }
  await environments.rootProblem(undefined);
  return { root, branch, commit };
}

function logFetched(
  { source, trigger }: FetchRequest,
  moved: readonly EnvironmentState[],
  { untold, log }: Pick<FetchContext, 'untold' | 'log'>,
): void {
  const pushes = untold(moved.flatMap(({ revision }) => revision ?? []));
  log[trigger === 'poll' && moved.length === 0 ? 'debug' : 'info'](
    { source, trigger, moved: moved.map(({ environment }) => environment.name), ...(pushes.length === 0 ? {} : { pushes }) },
    'source fetched',
  );
}

/** Every environment as windlass.yaml declares it now, and what is listed of each. */
async function readStates(
  { root, ...head }: Declaring,
  { sources, revisions, environments }: FetchContext,
): Promise<Pick<ReadEnvironments, 'states' | 'apps'>> {
  const states: EnvironmentState[] = [];
  const apps: Record<string, readonly string[]> = {};
  for (const environment of root.environments) {
    const { name } = environment;
    const revision = await revisionOf(environment, root, head, sources);
    const listed = revision ? await listApps({ environment, root, revision }, revisions, environments.apps()[name]) : { apps: [] };
    states.push({ environment, root, revision, ...(listed.problem === undefined ? {} : { problem: listed.problem }) });
    apps[name] = listed.apps;
  }
  return { states, apps };
}

async function raiseAll({ environment: { name }, revision }: EnvironmentState, trigger: Trigger, context: FetchContext): Promise<void> {
  const targets = context.environments.targets(name);
  if (revision && targets.length > 0) await context.moves(name, revision);
  for (const app of targets) await context.raise(name, app, trigger);
  context.fault('source:raised');
  await context.wakeBuilds(name, trigger);
  if (!revision) return;
  await context
    .pending(name, revision.commit)
    .catch((error: unknown) => context.log.warn({ error: messageOf(error) }, 'Git host not told'));
}

/** A tree that cannot be read at all leaves the applications that were known, and says why. */
async function listApps(
  question: Question,
  revisions: Pick<Revisions, 'names'>,
  known: readonly string[] = [],
): Promise<{ readonly apps: readonly string[]; readonly problem?: string }> {
  try {
    return { apps: await revisions.names(question) };
  } catch (error) {
    if (!(error instanceof WindlassError) || !error.permanent) throw error;
    return { apps: known, problem: error.message };
  }
}

const hasCommit = async (sources: Sources): Promise<boolean> => {
  const head = await sources.head().catch(() => undefined);
  return head !== undefined && (await sources.resolve('config', head).catch(() => undefined)) !== undefined;
};

/** An environment of the HEAD branch is at the commit that windlass.yaml was read from: one pushed since may guard itself. */
export async function revisionOf(environment: Environment, root: Root, head: Head, sources: Sources): Promise<Revision | undefined> {
  const commit = environment.branch === head.branch ? head.commit : await sources.resolve('config', environment.branch);
  if (commit === undefined) return undefined;
  const resolved: Record<string, string> = {};
  for (const { name, branch } of root.sources) {
    const at = await sources.resolve(name, environment.sources[name] ?? branch, root).catch(() => undefined);
    if (at !== undefined) resolved[name] = at;
  }
  return { commit, sources: resolved };
}
