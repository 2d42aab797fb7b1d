import { WindlassError } from '../errors.ts';
import type { Environment, Issue, Root, Secrets } from '../model/application.ts';
import type { Revision } from '../model/control.ts';
import type { HostRecord } from '../model/host.ts';
import { entriesIn, type PackedTree, type TreeEntry } from '../model/image.ts';
import type { Decision } from '../planning/decide.ts';
import type { Difference } from '../planning/difference.ts';
import type { LeavingTerms } from '../planning/leaving.ts';
import type { Need } from '../planning/load.ts';
import { isInitialFile } from '../repository/initial-files.ts';
import { defaultSettle, type LoadedSummary, type Settle } from './plan-requests.ts';
import type { Planner } from './planner.ts';

/** The bytes behind commits; `config` is the repository itself. */
export interface TreeReader {
  tree(source: string, commit: string): Promise<readonly TreeEntry[]>;
  /** The same, as `packEntries` has it. */
  packed(source: string, commit: string): Promise<string>;
  read(source: string, oid: string): Promise<Uint8Array>;
  committedAt(source: string, commit: string): Promise<Date>;
}

/** Everything that can be asked about a revision of an environment. */
export interface Revisions {
  root(commit: string): Promise<{ readonly root: Root | undefined; readonly issues: readonly Issue[] }>;
  /** The applications of the environment, those with mistakes too. */
  names(question: Question): Promise<readonly string[]>;
  settle(question: Question, app: string): Promise<Settle>;
  decide(question: Question & DecideQuestion): Promise<Decision>;
  /** The builds due, of all images of windlass.yaml. */
  images(
    question: Question & { readonly hosts: readonly HostRecord[] },
  ): Promise<{ readonly differences: readonly Difference[]; readonly issues: readonly Issue[] }>;
  /** Every image of the revision, used or not. */
  declaredImages(question: Question): Promise<LoadedSummary['images']>;
  /** What an image with these inputs is built from; undefined where no revision asked about lately has it. */
  buildContext(inputs: string): LoadedSummary['images'][number] | undefined;
}

/** `terms`: what is known of the application beside the repository, for when it has left it. */
export interface DecideQuestion {
  readonly app: string;
  readonly hosts: readonly HostRecord[];
  readonly terms: LeavingTerms;
  /** Containers that are let be. */
  readonly passOver?: readonly string[];
}

export interface Question {
  readonly environment: Environment;
  readonly root: Root;
  readonly revision: Revision;
}

export interface RevisionsDependencies {
  readonly planner: Planner;
  readonly trees: TreeReader;
  readonly secrets: () => Promise<Secrets>;
  readonly ownHost: string;
}

export function createRevisions({ planner, trees, secrets, ownHost }: RevisionsDependencies): Revisions {
  const summaries = new Map<string, LoadedSummary>();

  const loadAfresh = async (key: string, { environment, root, revision }: Question): Promise<LoadedSummary> => {
    const read = await Promise.all(
      Object.entries({ config: revision.commit, ...revision.sources }).map(
        async ([source, commit]) => [source, await readTree(trees, source, commit)] as const,
      ),
    );
    const state = Object.fromEntries(read);
    for (;;) {
      const answer = await planner.ask({ kind: 'load', key, input: { environment, root, trees: state } });
      if ('loaded' in answer) {
        remember(summaries, key, answer.loaded);
        return answer.loaded;
      }
      await readNeeds(trees, state, answer.needs);
    }
  };
  const loaded = async (question: Question): Promise<LoadedSummary> => {
    const key = keyOf(question);
    return summaries.get(key) ?? (await loadAfresh(key, question));
  };
  /** Asks; a thread that has forgotten the revision (it was ended, or asked about many since) is told it again. */
  const asking = async <Answer extends object>(
    question: Question,
    ask: (key: string) => Promise<Answer | { readonly unknownKey: true }>,
  ): Promise<Answer> => {
    await loaded(question);
    const key = keyOf(question);
    const answer = await ask(key);
    if (!('unknownKey' in answer)) return answer;
    await loadAfresh(key, question);
    const again = await ask(key);
    if ('unknownKey' in again)
      throw new WindlassError('repository', `revision ${question.revision.commit} cannot be kept in the planning thread`);
    return again;
  };

  return {
    root: async (commit) => planner.ask({ kind: 'root', tree: await readTree(trees, 'config', commit) }),
    names: async (question) => (await loaded(question)).names,
    settle: async (question, app) => (await loaded(question)).settle[app] ?? defaultSettle,
    decide: async ({ app, hosts, terms, passOver = [], ...question }) => {
      const known = await secrets();
      const answer = await asking<{ readonly decision: Decision }>(question, (key) =>
        planner.ask({ kind: 'decide', key, app, hosts, ownHost, secrets: known, terms, passOver }),
      );
      return answer.decision;
    },
    images: async ({ hosts, ...question }) => asking(question, (key) => planner.ask({ kind: 'images', key, hosts, ownHost })),
    declaredImages: async (question) => (await loaded(question)).images,
    buildContext: (inputs) => {
      const images = [...summaries.values()].reverse().flatMap((summary) => summary.images);
      return images.find((image) => image.inputs === inputs);
    },
  };
}

/** Windlass.yaml's root counts too: hosts' labels and variables are read there. */
const keyOf = ({ environment, root, revision }: Question): string =>
  JSON.stringify([environment.name, revision.commit, revision.sources, root]);

function remember(summaries: Map<string, LoadedSummary>, key: string, summary: LoadedSummary): void {
  summaries.delete(key);
  summaries.set(key, summary);
  for (const old of [...summaries.keys()].slice(0, -50)) summaries.delete(old);
}

async function readTree(trees: TreeReader, source: string, commit: string): Promise<PackedTree> {
  const packed = await trees.packed(source, commit);
  const wanted = entriesIn(packed, isInitialFile);
  const files = await Promise.all(wanted.map(async ({ path, oid }) => [path, await trees.read(source, oid)] as const));
  return { commit, packed, files: new Map(files) };
}

async function readNeeds(trees: TreeReader, state: Record<string, PackedTree>, needs: readonly Need[]): Promise<void> {
  for (const [source, tree] of Object.entries(state)) {
    const asked = needs.filter((need) => need.source === source).map(({ path }) => path);
    if (asked.length === 0) continue;
    const again = asked.find((path) => tree.files.has(path));
    if (again !== undefined) throw new WindlassError('repository', `${again} of ${source} has been read and is asked for again`);
    const found = new Map(entriesIn(tree.packed, (path) => asked.includes(path)).map(({ path, oid }) => [path, oid]));
    const absent = asked.find((path) => !found.has(path));
    if (absent !== undefined) throw new WindlassError('repository', `${absent} is asked for, but ${source} has no such file`);
    const read = await Promise.all([...found].map(async ([path, oid]) => [path, await trees.read(source, oid)] as const));
    state[source] = { ...tree, files: new Map([...tree.files, ...read]) };
  }
}
