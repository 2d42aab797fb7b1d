import { packEntries, type Tree, unpackEntries } from '../model/image.ts';
import { Secret } from '../secret.ts';
import type { PlanRequest } from './plan-requests.ts';

/** A request as it goes to the planning thread: trees as texts, which is quicker, and secrets as theirs, which a Secret would keep to itself. */
export function planMessage(request: PlanRequest): unknown {
  if (request.kind === 'decide') return { ...request, secrets: eachOf(request.secrets, (secret) => secret.reveal()) };
  return withTrees(request, (tree) => ({ ...tree, entries: packEntries(tree.entries) }));
}

/** The request that `planMessage` was made from. */
export function readPlanMessage(message: unknown): PlanRequest {
  const request = message as PlanRequest;
  if (request.kind === 'decide') return { ...request, secrets: eachOf(request.secrets, (text) => new Secret(String(text))) };
  return withTrees(request, (tree) => ({ ...tree, entries: unpackEntries(String(tree.entries)) })) as PlanRequest;
}

function withTrees(request: PlanRequest, change: (tree: Tree) => object): object {
  switch (request.kind) {
    case 'load':
      return { ...request, input: { ...request.input, trees: eachOf(request.input.trees, change) } };
    case 'variables':
      return { ...request, tree: change(request.tree), head: change(request.head) };
    case 'root':
    case 'validate':
    case 'edit-variables':
      return { ...request, tree: change(request.tree) };
    default:
      return request;
  }
}

const eachOf = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
