import { type PackedTree, packEntries, type Tree, unpackEntries } from '../model/image.ts';
import { Secret } from '../secret.ts';
import type { PlanQuestion, PlanRequest } from './plan-requests.ts';

/**
 * A request as it goes to the planning thread: trees as texts, which is quicker, and secrets as theirs, which a Secret would keep to
 * itself.
 */
export function planMessage(request: PlanQuestion): unknown {
  if (request.kind === 'decide') return { ...request, secrets: eachOf(request.secrets, (secret) => secret.reveal()) };
  return withTrees(request, packed);
}

/** The request that `planMessage` was made from. */
export function readPlanMessage(message: unknown): PlanRequest {
  const request = message as PlanRequest;
  if (request.kind === 'decide') return { ...request, secrets: eachOf(request.secrets, (text) => new Secret(String(text))) };
  return withTrees(request, unpacked) as PlanRequest;
}

function packed(tree: Tree | PackedTree): PackedTree {
  if ('packed' in tree) return tree;
  const { entries, ...rest } = tree;
  return { ...rest, packed: packEntries(entries) };
}

function unpacked(tree: Tree | PackedTree): Tree {
  if (!('packed' in tree)) return tree;
  const { packed: text, ...rest } = tree;
  return { ...rest, entries: unpackEntries(text) };
}

function withTrees(request: PlanQuestion, change: (tree: Tree | PackedTree) => object): object {
  switch (request.kind) {
    case 'load':
      return { ...request, input: { ...request.input, trees: eachOf(request.input.trees, change) } };
    case 'variables':
      return { ...request, tree: change(request.tree), head: change(request.head) };
    case 'root':
    case 'validate':
    case 'unread-variables':
    case 'edit-variables':
      return { ...request, tree: change(request.tree) };
    default:
      return request;
  }
}

const eachOf = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
