import { createTwoFilesPatch } from 'diff';
import type { VariablesPlanRequest } from '../api/operations.ts';
import { WindlassError } from '../errors.ts';
import type { Constant, Issue } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import { didYouMean } from '../model/nearest.ts';
import type { Environment, Root } from '../model/root.ts';
import type { VariableChange } from '../model/variables.ts';
import type { Decision } from '../planning/decide.ts';
import { freshIssues } from '../planning/fresh-issues.ts';
import type { EditedFile } from '../repository/variable-edits.ts';
import type { Drafts } from '../workers/drafts.ts';
import { issuesMessage } from '../workers/outcome.ts';
import type { Planner } from '../workers/planner.ts';
import { readTree } from '../workers/read-tree.ts';
import type { Question, Revisions } from '../workers/revisions.ts';
import type { EnvironmentStore } from './environment-store.ts';
import type { SourceRepositories } from './source-repositories.ts';

export interface VariableDraftsDependencies {
  readonly environments: Pick<EnvironmentStore, 'all' | 'get' | 'require' | 'appsOf' | 'head'>;
  readonly repositories: Pick<SourceRepositories, 'fetch' | 'resolve'>;
  readonly drafts: Drafts;
  readonly planner: Planner;
  readonly revisions: Pick<Revisions, 'root' | 'names' | 'variables'>;
  readonly hosts: () => Promise<readonly HostRecord[]>;
  readonly decided: (question: Question, app: string, hosts: readonly HostRecord[]) => Promise<Decision>;
}

/** A change of variables as the commit that it would be. */
export interface VariableDraft {
  readonly branch: string;
  readonly base: string;
  readonly files: readonly EditedFile[];
  /** What each change replaces; null: nothing was there. */
  readonly replaced: readonly (Constant | null)[];
  /** Stands for a commit wherever one is read. */
  readonly commit: string;
  readonly diff: string;
}

/** What an environment would be at, and all that follows from it. */
export interface Consequence {
  readonly question: Question;
  readonly apps: readonly { readonly name: string; readonly decision: Decision }[];
}

export interface VariableDrafts {
  /** On top of what the Git host has now. */
  draft(request: VariablesPlanRequest): Promise<VariableDraft>;
  /** What the changes would replace at an earlier commit. */
  replacedAt(request: VariablesPlanRequest, commit: string): Promise<readonly (Constant | null)[]>;
  /** For every environment that follows the branch; WindlassError `repository` where the change makes mistakes that were not there. */
  consequences(request: VariablesPlanRequest, draft: VariableDraft): Promise<readonly Consequence[]>;
  /** Names that the changes give a value and that nothing in the repository reads. */
  unread(request: VariablesPlanRequest, draft: VariableDraft): Promise<readonly string[]>;
}

export function createVariableDrafts(dependencies: VariableDraftsDependencies): VariableDrafts {
  const { environments, repositories, drafts, planner, revisions, hosts, decided } = dependencies;
  const edit = async ({ environment, changes }: VariablesPlanRequest, commit: string) => {
    const tree = await readTree(drafts, 'config', commit, isVariableFile);
    const edits = await planner.ask({ kind: 'edit-variables', tree, environment, changes });
    if ('problem' in edits) throw new WindlassError('repository', edits.problem);
    return edits;
  };
  const rootAt = async (branch: string, commit: string, otherwise: Root): Promise<{ root: Root; issues: readonly Issue[] }> => {
    if (branch !== environments.head()) return { root: otherwise, issues: [] };
    const { root, issues } = await revisions.root(commit);
    return { root: root ?? otherwise, issues };
  };
  /** Of the whole repository as `windlass validate` reads it, also where no host is there to render for. */
  const freshMistakes = async (base: string, commit: string): Promise<readonly Issue[]> => {
    const mistakes = async (at: string) => {
      const { issues } = await planner.ask({ kind: 'validate', tree: await readTree(drafts, 'config', at) });
      return issues;
    };
    const after = await mistakes(commit);
    return after.length === 0 ? [] : freshIssues(await mistakes(base), after);
  };
  /** Every application of every environment that a commit of the branch would move. */
  const decideAll = async (request: VariablesPlanRequest, branch: string, commit: string) => {
    const { root: current } = environments.require(request.environment);
    const { root, issues } = await rootAt(branch, commit, current);
    const known = await hosts();
    const consequences = await Promise.all(
      affected(root.environments, request.changes, branch).map(async (environment): Promise<Consequence | undefined> => {
        const revision = environments.get(environment.name)?.revision;
        if (!revision) return undefined;
        const question = { environment, root, revision: environment.branch === branch ? { ...revision, commit } : revision };
        const names = await revisions.names(question);
        return { question, apps: await Promise.all(names.map(async (name) => ({ name, decision: await decided(question, name, known) }))) };
      }),
    );
    const found = consequences.filter((one) => one !== undefined);
    return { found, issues: [...issues, ...found.flatMap(({ apps }) => apps.flatMap(({ decision }) => decision.issues))] };
  };
  return {
    draft: async (request) => {
      const { environment, root } = environments.require(request.environment);
      checkHosts(
        request.changes,
        [...root.hosts, ...(await hosts())].map(({ name }) => name),
      );
      await repositories.fetch('config', undefined, new AbortController().signal);
      const branch = onHosts(request.changes) ? (environments.head() ?? environment.branch) : environment.branch;
      const base = await repositories.resolve('config', branch);
      if (base === undefined) throw new WindlassError('unknown-name', `branch ${branch} has no commit yet: push one`);
      const { files, replaced } = await edit(request, base);
      const commit = await drafts.draft(
        base,
        files.map(({ path, after }) => ({ path, text: after })),
      );
      return { branch, base, files, replaced, commit, diff: files.map(unified).join('') };
    },
    replacedAt: async (request, commit) => (await edit(request, commit)).replaced,
    consequences: async (request, { branch, base, commit }) => {
      refuseFresh(await freshMistakes(base, commit));
      const [before, after] = [await decideAll(request, branch, base), await decideAll(request, branch, commit)];
      refuseFresh(freshIssues(unique(before.issues), unique(after.issues)));
      return after.found;
    },
    unread: async ({ changes }, { commit }) => {
      const set = changes.filter(({ value }) => value !== null).map(({ name }) => name);
      if (set.length === 0) return [];
      const { names } = await planner.ask({ kind: 'unread-variables', tree: await readTree(drafts, 'config', commit), names: set });
      return names;
    },
  };
}

/** The files in which variables stand. */
const isVariableFile = (path: string, mode: string): boolean => mode.startsWith('100') && variableFile.test(path);

const variableFile = /^(?:windlass\.yaml|environments\/[^/]+\.yaml|apps\/[^/]+\/(?:docker-)?compose\.ya?ml)$/;

export const onHosts = (changes: readonly VariableChange[]): boolean => changes.some(({ host }) => host !== undefined);

/** A host's variables concern every environment; others those of the branch. */
export const affected = <T extends Pick<Environment, 'branch'>>(
  all: readonly T[],
  changes: readonly VariableChange[],
  branch: string,
): readonly T[] => all.filter((environment) => environment.branch === branch || onHosts(changes));

function refuseFresh(issues: readonly Issue[]): void {
  if (issues.length === 0) return;
  throw new WindlassError('repository', 'the change would be a mistake; nothing was committed', { output: issuesMessage(issues) });
}

function checkHosts(changes: readonly VariableChange[], known: readonly string[]): void {
  for (const { host } of changes) {
    if (host === undefined || known.includes(host)) continue;
    const names = [...new Set(known)].sort();
    throw new WindlassError(
      'unknown-name',
      `there is no host ${host}${didYouMean(host, names) || `; there is ${names.join(', ') || 'none'}`}`,
    );
  }
}

const unified = ({ path, before, after }: EditedFile): string =>
  createTwoFilesPatch(before === undefined ? '/dev/null' : `a/${path}`, `b/${path}`, before ?? '', after, undefined, undefined, {
    context: 3,
  }).replace(/^=+\n/, '');

const unique = (issues: readonly Issue[]): readonly Issue[] =>
  issues.filter((issue, index) => issues.findIndex((other) => issuesMessage([other]) === issuesMessage([issue])) === index);
