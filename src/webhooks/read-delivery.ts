import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { isBranchName } from '../model/branch-name.ts';
import type { WebhookProvider } from './provider.ts';

export type Reading =
  | { readonly kind: 'push'; readonly id: string; readonly branches: readonly string[] }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

const printableId = /^[\x21-\x7e]{1,200}$/;
const deleted = /^0+$/;

/** What a proven request says: only names of branches, for the commit is asked of the repository itself. */
export function readDelivery(provider: WebhookProvider, body: Uint8Array, headers: IncomingHttpHeaders): Reading {
  const id = provider.deliveryId(headers);
  if (id === undefined || !printableId.test(id))
    return unreadable('the delivery has no id, or not a printable one of at most 200 characters');
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return unreadable('the body is not JSON in UTF-8');
  }
  try {
    const event = provider.parse(payload, headers);
    return event.kind === 'ignored' ? event : branchesOf(id, event.changes);
  } catch (error) {
    if (error instanceof z.ZodError) return unreadable('the body is not what this provider sends for a push');
    throw error;
  }
}

function branchesOf(id: string, changes: readonly { readonly ref: string; readonly after: string }[]): Reading {
  const heads = changes.filter(({ ref }) => ref.startsWith('refs/heads/'));
  const named = [...new Set(heads.filter(({ after }) => !deleted.test(after)).map(({ ref }) => ref.slice('refs/heads/'.length)))];
  if (heads.length === 0) return { kind: 'ignored', reason: 'the push is not to a branch' };
  if (named.length === 0) return { kind: 'ignored', reason: 'the branch was deleted' };
  // No environment can follow a branch of such a name; others of the same push may be followed.
  const branches = named.filter(isBranchName);
  if (branches.length === 0) return unreadable("the branch's name is none that Git allows");
  return { kind: 'push', id, branches };
}

function unreadable(reason: string): Reading {
  return { kind: 'unreadable', reason };
}
