import type { Application } from '../model/application.ts';
import { imageReference, pinnedReference } from '../model/image.ts';
import { decide } from '../planning/decide.ts';
import { builderOf, imageDifferences } from '../planning/images.ts';
import { type Loaded, load } from '../planning/load.ts';
import { validate } from '../planning/validate.ts';
import type { FormulaWatch } from '../rendering/formula-watch.ts';
import { createKeptRenderings, type KeptRenderings } from '../rendering/service-files.ts';
import { readRoot } from '../repository/read-root.ts';
import { unreadVariables } from '../repository/unread-variables.ts';
import { editVariables } from '../repository/variable-edits.ts';
import { variableOrigins } from '../repository/variable-origins.ts';
import { defaultSettle, type LoadedSummary, type PlanAnswers, type PlanRequest, type Settle } from './plan-requests.ts';

/** Revisions kept in the thread: what is deployed, what is wanted, and a few before. */
const keep = 12;

/** A revision of an environment, and what has been rendered of it while these formulas were not to be worked out. */
export interface KnownRevision {
  readonly loaded: Loaded;
  readonly kept: KeptRenderings;
  readonly overdue: readonly string[];
}

/** Answers in the planning thread, which alone loads what reads, renders and plans. `known`: revisions by key, the last used last. */
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
