import type { HostRecord } from '../model/host.ts';
import type { Decision } from '../planning/decide.ts';
import type { LeavingTerms } from '../planning/leaving.ts';
import { withRest } from '../planning/with-rest.ts';
import type { Aimed } from './choose-aim.ts';
import type { Question, Revisions } from './revisions.ts';

/** What an aim is decided with. */
export interface Known {
  readonly app: string;
  readonly hosts: readonly HostRecord[];
  readonly terms: (question: Question) => Promise<LeavingTerms>;
  /** Containers that are let be. */
  readonly passOver?: readonly string[];
  /** A person has asked for it. */
  readonly asked?: boolean;
}

/** Decides what an aim asks for; `own` is the decision about what it reaches alone. */
export async function decideAim(
  revisions: Pick<Revisions, 'decide'>,
  { scope, rest, ...question }: Aimed,
  { terms, ...known }: Known,
): Promise<{ readonly own: Decision; readonly decision: Decision }> {
  const own = await revisions.decide({ ...question, ...known, terms: await terms(question), ...(scope ? { scope } : {}) });
  const { reach: except } = own.plan;
  if (!rest || !except) return { own, decision: own };
  const others = await revisions.decide({ ...rest, ...known, terms: await terms(rest), scope: { except } });
  return { own, decision: withRest(own, others) };
}
