import type { Approval } from '../model/control.ts';
import type { Plan } from '../planning/plan.ts';
import { planDigest } from '../planning/plan-digest.ts';
import { sameRevision } from './environment-state.ts';
import type { Question } from './revisions.ts';

/** Whether a plan may be carried out under an approval. `reason` is a sentence for status; a void approval never counts again. */
export type Permission =
  | { readonly kind: 'nothing-to-approve' }
  | { readonly kind: 'approved'; readonly approval: Approval }
  | { readonly kind: 'awaiting'; readonly reason: string; readonly voided?: Approval };

/** An approval counts for the revision, the declarations and the steps that it was given for, and for no others. */
export function permissionOf(
  aim: Question,
  { differences, withheld, strangers }: Pick<Plan, 'differences' | 'withheld' | 'strangers'>,
  approval: Approval | undefined,
): Permission {
  const due = [...differences, ...withheld];
  // What windlass did not make may come and go meanwhile: it is no part of what is agreed to, but gets nothing new without it.
  if (due.length + strangers.length === 0) return { kind: 'nothing-to-approve' };
  const waits = `waits for approval: windlass approve ${aim.environment.name}`;
  if (!approval) return { kind: 'awaiting', reason: waits };
  const why = approval.void ?? whyVoid(aim, planDigest(aim.revision, aim, due), approval);
  if (why === undefined) return { kind: 'approved', approval };
  const reason = `${waits}; the approval by ${approval.by} at ${approval.at} is void: ${why}`;
  return approval.void === undefined
    ? { kind: 'awaiting', reason, voided: { ...approval, void: why, begun: false } }
    : { kind: 'awaiting', reason };
}

function whyVoid({ revision }: Question, digest: string, approval: Approval): string | undefined {
  if (!sameRevision(revision, approval.revision))
    return `it was for ${approval.revision.commit.slice(0, 7)}, and something newer was pushed`;
  return digest === approval.digest ? undefined : 'what would be done is not what was approved';
}
