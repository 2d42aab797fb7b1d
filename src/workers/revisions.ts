import { WindlassError } from '../errors.ts';
import type { Issue, Secrets } from '../model/application.ts';
import type { Revision } from '../model/control.ts';
import type { PulledImages } from '../model/deployment.ts';
import type { HostRecord } from '../model/host.ts';
import type { TreeEntry } from '../model/image.ts';
import type { Environment, Root } from '../model/root.ts';
import type { Scope } from '../model/scope.ts';
import type { Decision } from '../planning/decide.ts';
import type { Difference } from '../planning/difference.ts';
import type { LeavingTerms } from '../planning/leaving.ts';
import type { OriginsInput, VariableOrigins } from '../repository/variable-origins.ts';
import { defaultSettle, type LoadedSummary, type Settle } from './plan-requests.ts';
import type { Planner } from './planner.ts';
import { readNeeds, readTree } from './read-tree.ts';

/** The bytes behind commits; `config` is the repository itself. */
export interface TreeReader {
  tree(source: string, commit: string): Promise<readonly TreeEntry[]>;
  /** The same, as `packEntries` has it. */
  packed(source: string, commit: string): Promise<string>;
  /** ObjectTooLarge where there are more than `most` bytes. */
  read(source: string, oid: string, most?: number): Promise<Uint8Array>;
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
  /** Where each variable comes from; hosts' are read at the commit `head`. */
  variables(
    question: Pick<Question, 'environment' | 'revision'> & Pick<OriginsInput, 'apps' | 'hosts'> & { readonly head: string },
  ): Promise<Exclude<VariableOrigins, { readonly needs: readonly string[] }>>;
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
  /** A person has asked for it. */
  readonly asked?: boolean;
  readonly scope?: Scope;
}

export interface Question {
  readonly environment: Environment;
  readonly root: Root;
  readonly revision: Revision;
  /** The images to go back to where tags have moved since; undefined: what tags name now. */
  readonly pulled?: PulledImages | undefined;
}

export interface RevisionsDependencies {
  readonly planner: Planner;
  readonly trees: TreeReader;
  readonly secrets: () => Promise<Secrets>;
  readonly ownHost: string;
  /** Told how many files a decision rendered anew. */
  readonly rendered?: (files: number) => void;
}

export function createRevisions({ planner, trees, secrets, ownHost, rendered }: RevisionsDependencies): Revisions {
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
    decide: async ({ app, hosts, terms, passOver = [], asked = false, scope = {}, ...question }) => {
      const known = await secrets();
      const answer = await asking<{ readonly decision: Decision }>(question, (key) =>
        planner.ask({ kind: 'decide', key, app, hosts, ownHost, secrets: known, terms, passOver, asked, scope, pulled: question.pulled }),
      );
      rendered?.(answer.decision.rendered.length);
      // Also those that nothing reads any more: what is installed may still hold them.
      const secretTexts = [...answer.decision.secrets, ...Object.values(known).map((secret) => secret.reveal())];
      return { ...answer.decision, secrets: [...new Set(secretTexts)] };
    },
    images: async ({ hosts, ...question }) => asking(question, (key) => planner.ask({ kind: 'images', key, hosts, ownHost })),
    variables: async ({ environment, revision, apps, hosts, head }) => {
      const state = { config: await readTree(trees, 'config', revision.commit) };
      const declaring = await readTree(trees, 'config', head);
      for (;;) {
        const answer = await planner.ask({ kind: 'variables', environment, apps, hosts, tree: state.config, head: declaring });
        if (!('needs' in answer)) return answer;
        const needs = answer.needs.map((path) => ({ source: 'config', path }));
        await readNeeds(trees, state, needs);
      }
    },
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
