import type { Application, Issue } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import { imageReference, type PackedTree, pinnedReference, type Tree } from '../model/image.ts';
import type { Root } from '../model/root.ts';
import type { VariableChange } from '../model/variables.ts';
import { type DecideInput, type Decision, decide } from '../planning/decide.ts';
import type { Difference } from '../planning/difference.ts';
import { builderOf, imageDifferences } from '../planning/images.ts';
import { type Loaded, type LoadInput, load, type Need } from '../planning/load.ts';
import { validate } from '../planning/validate.ts';
import type { FormulaWatch } from '../rendering/formula-watch.ts';
import { createKeptRenderings, type KeptRenderings } from '../rendering/service-files.ts';
import { readRoot } from '../repository/read-root.ts';
import { unreadVariables } from '../repository/unread-variables.ts';
import { editVariables, type VariableEdits } from '../repository/variable-edits.ts';
import { type OriginsInput, type VariableOrigins, variableOrigins } from '../repository/variable-origins.ts';

/** What the planning thread is asked. `key` names a revision of an environment, loaded once and asked about many times. */
export type PlanRequest = PlanRequestOf<Tree>;
/** The same, asked with trees as they are at hand. */
export type PlanQuestion = PlanRequestOf<Tree | PackedTree>;

type PlanRequestOf<T> =
  | { readonly kind: 'root'; readonly tree: T }
  | { readonly kind: 'validate'; readonly tree: T }
  | { readonly kind: 'unread-variables'; readonly tree: T; readonly names: readonly string[] }
  | ({ readonly kind: 'variables'; readonly tree: T; readonly head: T } & Omit<OriginsInput, 'tree' | 'head'>)
  | {
      readonly kind: 'edit-variables';
      readonly tree: T;
      readonly environment: string;
      readonly changes: readonly VariableChange[];
    }
  | {
      readonly kind: 'load';
      readonly key: string;
      readonly input: Omit<LoadInput, 'trees'> & { readonly trees: Readonly<Record<string, T>> };
    }
  | ({ readonly kind: 'decide'; readonly key: string } & Omit<DecideInput, 'loaded' | 'kept' | 'watch'>)
  | { readonly kind: 'images'; readonly key: string; readonly hosts: readonly HostRecord[]; readonly ownHost: string };

export interface PlanAnswers {
  readonly root: { readonly root: Root | undefined; readonly issues: readonly Issue[] };
  readonly validate: { readonly issues: readonly Issue[] };
  readonly 'unread-variables': { readonly names: readonly string[] };
  readonly variables: VariableOrigins;
  readonly 'edit-variables': VariableEdits;
  /** Undefined: loaded. */
  readonly load: { readonly needs: readonly Need[] } | { readonly loaded: LoadedSummary };
  readonly decide: { readonly unknownKey: true } | { readonly decision: Decision };
  readonly images: { readonly unknownKey: true } | { readonly differences: readonly Difference[]; readonly issues: readonly Issue[] };
}

export interface Settle {
  readonly minMs: number;
  readonly maxMs: number;
}

export const defaultSettle: Settle = { minMs: 1_000, maxMs: 10_000 };

/** What the controller keeps of a loaded revision; the rest stays in the thread. */
export interface LoadedSummary {
  readonly commit: string;
  readonly names: readonly string[];
  /** By application: how long to wait for quiet before a discovery is planned, and how long at most. */
  readonly settle: Readonly<Record<string, Settle>>;
  /** Context folders by source of every image, for whoever serves build contexts. */
  readonly images: readonly {
    /** `name:tag`, and the tag that names exactly these inputs. */
    readonly reference: string;
    readonly pinned: string;
    readonly keep: number | undefined;
    readonly inputs: string;
    readonly source: string;
    readonly commit: string;
    readonly context: string;
    readonly dockerfile: string;
    readonly rewrittenDockerfile: string;
  }[];
}

/** Revisions kept in the thread: what is deployed, what is wanted, and a few before. */
const keep = 12;

/** A revision of an environment, and what has been rendered of it while these formulas were not to be worked out. */
export interface KnownRevision {
  readonly loaded: Loaded;
  readonly kept: KeptRenderings;
  readonly overdue: readonly string[];
}

export function answerPlanRequest(
  known: Map<string, KnownRevision>,
  watch: FormulaWatch,
  request: PlanRequest,
  overdue: readonly string[] = [],
): PlanAnswers[PlanRequest['kind']] {
  switch (request.kind) {
    case 'root':
      return readRoot(request.tree);
    case 'validate':
      return { issues: validate(request.tree, watch) };
    case 'unread-variables':
      return { names: unreadVariables(request.tree, request.names) };
    case 'variables':
      return variableOrigins(request);
    case 'edit-variables':
      return editVariables(request.tree, request.environment, request.changes);
    case 'load': {
      const result = load(request.input);
      if ('needs' in result) return result;
      known.delete(request.key);
      known.set(request.key, { loaded: result.loaded, kept: createKeptRenderings(), overdue });
      for (const old of [...known.keys()].slice(0, -keep)) known.delete(old);
      return { loaded: summary(result.loaded) };
    }
    case 'decide': {
      const { loaded, kept } = renderedWithout(known, request.key, overdue) ?? {};
      return loaded && kept ? { decision: decide({ ...request, loaded, kept, watch }) } : { unknownKey: true };
    }
    case 'images': {
      const { loaded } = known.get(request.key) ?? {};
      if (!loaded) return { unknownKey: true };
      const builder = builderOf(loaded.root, request.hosts, request.ownHost);
      return { differences: imageDifferences(loaded.images, builder), issues: loaded.issues };
    }
  }
}

/** What was rendered while a formula was refused says so for as long as it is kept: with other refusals, nothing of it counts. */
function renderedWithout(known: Map<string, KnownRevision>, key: string, overdue: readonly string[]): KnownRevision | undefined {
  const found = known.get(key);
  if (!found || found.overdue.join('\n') === overdue.join('\n')) return found;
  const renewed = { ...found, kept: createKeptRenderings(), overdue };
  known.set(key, renewed);
  return renewed;
}

/** The most impatient of those that an application declares decides: the others' files change with the same plan. */
function settleOf({ services }: Application): Settle {
  const declared = services.flatMap(({ reactions }) => reactions.flatMap(({ settle }) => settle ?? []));
  if (declared.length === 0) return defaultSettle;
  return { minMs: Math.min(...declared.map(({ minMs }) => minMs)), maxMs: Math.min(...declared.map(({ maxMs }) => maxMs)) };
}

const summary = ({ commit, names, images, applications }: Loaded): LoadedSummary => ({
  commit,
  names,
  settle: Object.fromEntries(applications.map((application) => [application.name, settleOf(application)])),
  images: images.map((image) => ({
    reference: imageReference(image),
    pinned: pinnedReference(image),
    keep: image.keep,
    inputs: image.inputs,
    source: image.source,
    commit: image.commit,
    context: image.context,
    dockerfile: image.dockerfile,
    rewrittenDockerfile: image.rewrittenDockerfile,
  })),
});
