import { isDeepStrictEqual } from 'node:util';
import type { Operations, VariablesChangeRequest } from '../api/operations.ts';
import { WindlassError } from '../errors.ts';
import type { Person } from '../git/commit.ts';
import { createKeyedLock } from '../keyed-lock.ts';
import type { Log } from '../log.ts';
import { apiVersion, type PlanDocument } from '../model/documents.ts';
import type { HostRecord } from '../model/host.ts';
import { entriesIn } from '../model/image.ts';
import { didYouMean } from '../model/nearest.ts';
import type { Environment, Root } from '../model/root.ts';
import type { VariableEntry } from '../model/variables.ts';
import { hostsOf } from '../planning/place.ts';
import { issuesMessage } from '../workers/outcome.ts';
import { applicationPlan } from './decision-documents.ts';
import type { FetchAlone, Fetched } from './deploy-alone.ts';
import { untoldPush } from './push-trail.ts';
import type { SourceRepositories } from './source-repositories.ts';
import {
  affected,
  type Consequence,
  createVariableDrafts,
  type VariableDraft,
  type VariableDraftsDependencies,
} from './variable-drafts.ts';
import { changeMessage } from './variable-message.ts';

export interface VariableOperationsDependencies extends VariableDraftsDependencies {
  readonly repositories: Pick<SourceRepositories, 'fetch' | 'resolve' | 'commit'>;
  readonly appsOf: (environment: string, app: string | undefined) => readonly string[];
  readonly fetchAlone: FetchAlone;
  /** Has the repository read again; resolves when what it says is raised. */
  readonly refetch: () => Promise<void>;
  readonly committer: Person;
  readonly now: () => Date;
  readonly log: Log;
}

type VariableOperations = Pick<Operations, 'variables' | 'planVariables' | 'changeVariables'>;

/** Each try stands on a newer commit of somebody else's. */
const mostTries = 10;

/** Variables: where each value comes from, what another would do, and the commit that writes it. */
export function createVariableOperations(dependencies: VariableOperationsDependencies): VariableOperations {
  const { environments, appsOf, fetchAlone, refetch, log } = dependencies;
  const variableDrafts = createVariableDrafts(dependencies);
  const apply = createApply(dependencies, variableDrafts);
  const inTurn = createKeyedLock();
  const commitAndRead = async (request: VariablesChangeRequest): Promise<Applied & Fetched> => {
    const applied = await inTurn('commit', () => apply(checked(request, appsOf)));
    const { base, branch, committed, diff } = applied;
    if (diff === '') return applied;
    log.info({ environment: request.environment, branch, commit: committed, pushes: [untoldPush(committed)] }, 'variables committed');
    await refetch();
    return { ...applied, own: { commit: committed, base } };
  };
  return {
    variables: (query) => readVariables(query, dependencies),
    planVariables: async (request) => {
      const drafted = await variableDrafts.draft(checked(request, appsOf));
      const { branch, base, diff } = drafted;
      const plans = (await variableDrafts.consequences(request, drafted)).map((one) => planOf(one, base));
      const unread = await variableDrafts.unread(request, drafted);
      return { apiVersion, environment: request.environment, branch, base, diff, unread, plans };
    },
    changeVariables: async (request) => {
      const { environment, alone: app, author } = request;
      const committing = () => commitAndRead(request);
      const asked = app === undefined ? undefined : { environment, app, author: author?.name ?? 'somebody' };
      const { branch, diff, committed, unread } = await (asked ? fetchAlone(asked, committing) : committing());
      const moved = affected(
        environments.all().map(({ environment }) => environment),
        request.changes,
        branch,
      );
      const names = moved.map(({ name }) => ({ name, apps: appsOf(name, undefined) }));
      return { apiVersion, environment: request.environment, branch, commit: committed, diff, unread, environments: names };
    },
  };
}

async function readVariables(
  { environment: name, app, service, variable }: Parameters<VariableOperations['variables']>[0],
  { environments, repositories, revisions, hosts, appsOf }: VariableOperationsDependencies,
): ReturnType<VariableOperations['variables']> {
  const { environment, root, revision } = environments.require(name);
  const head = await repositories.resolve('config', environments.head() ?? environment.branch);
  if (!revision || head === undefined) throw new WindlassError('unknown-name', `branch ${environment.branch} has no commit yet: push one`);
  const apps = appsOf(name, app);
  const found = await revisions.variables({ environment, revision, head, apps, hosts: hostNames(environment, root, await hosts()) });
  const variables = found.variables.filter((one) => service === undefined || one.service === service);
  return {
    apiVersion,
    environment: name,
    commit: revision.commit,
    variables: variable === undefined ? variables : named(variables, variable, name),
    issues: found.issues.map((issue) => issuesMessage([issue])),
  };
}

type Applied = VariableDraft & { readonly committed: string; readonly unread: readonly string[] };

/** Once more on top of whatever has been pushed meanwhile, unless that changed the very same values. */
function createApply(
  dependencies: VariableOperationsDependencies,
  { draft, replacedAt, consequences, unread }: ReturnType<typeof createVariableDrafts>,
): (request: VariablesChangeRequest) => Promise<Applied> {
  return async (request) => {
    let seen = request.base === undefined ? undefined : await replacedAt(request, request.base);
    for (let tries = 1; ; tries++) {
      const drafted = await draft(request);
      refuseChanged(request, seen, drafted);
      seen = drafted.replaced;
      await consequences(request, drafted);
      const applied = { ...drafted, unread: await unread(request, drafted) };
      if (drafted.files.length === 0) return { ...applied, committed: drafted.base };
      try {
        return { ...applied, committed: await commitDraft(request, drafted, dependencies) };
      } catch (error) {
        if (tries === mostTries || !(error instanceof WindlassError && error.code === 'conflict')) throw error;
      }
    }
  };
}

async function commitDraft(
  { environment, changes, author, message }: VariablesChangeRequest,
  { branch, base, files, commit }: VariableDraft,
  { drafts, repositories, committer, now }: VariableOperationsDependencies,
): Promise<string> {
  const packed = await drafts.packed('config', commit);
  const mode = (path: string) => entriesIn(packed, (one) => one === path)[0]?.mode ?? '100644';
  return repositories.commit({
    branch,
    parent: base,
    files: files.map(({ path, after }) => ({ path, mode: mode(path), bytes: Buffer.from(after) })),
    author: author ?? committer,
    committer,
    at: now(),
    message: message ?? changeMessage(environment, changes),
  });
}

function checked<T extends VariablesChangeRequest>(request: T, appsOf: VariableOperationsDependencies['appsOf']): T {
  for (const { app } of request.changes) appsOf(request.environment, app);
  return request;
}

function refuseChanged(
  { changes }: VariablesChangeRequest,
  seen: VariableDraft['replaced'] | undefined,
  { replaced, branch }: VariableDraft,
): void {
  const index = changes.findIndex((_, at) => seen !== undefined && !isDeepStrictEqual(seen[at], replaced[at]));
  const change = changes[index];
  if (!change) return;
  const value = replaced[index] === null ? 'taken away' : `set to ${JSON.stringify(replaced[index])}`;
  throw new WindlassError(
    'conflict',
    `${change.name} has been ${value} by a push to ${branch} meanwhile; nothing was committed: look at it, then decide again`,
  );
}

const planOf = ({ question, apps }: Consequence, base: string): PlanDocument => ({
  apiVersion,
  environment: question.environment.name,
  commit: base,
  apps: apps.map(({ name, decision }) => applicationPlan(name, decision)),
});

/** The hosts that the environment has or, as far as windlass.yaml says, would have. */
function hostNames(environment: Environment, root: Root, known: readonly HostRecord[]): readonly string[] {
  const wanted = Object.entries(environment.hosts ?? {});
  const unseen = root.hosts.filter(
    ({ name, labels }) => !known.some((host) => host.name === name) && wanted.every(([key, value]) => labels[key] === value),
  );
  return [...hostsOf(environment, root, known), ...unseen].map(({ name }) => name);
}

function named(variables: readonly VariableEntry[], name: string, environment: string): readonly VariableEntry[] {
  const found = variables.filter((one) => one.name === name);
  if (found.length > 0) return found;
  const names = [...new Set(variables.map((one) => one.name))];
  throw new WindlassError('unknown-name', `${environment} has no variable ${name} there${didYouMean(name, names)}`);
}
