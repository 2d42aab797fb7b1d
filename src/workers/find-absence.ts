import type { Step } from '../model/step.ts';
import type { Plan } from '../planning/plan.ts';
import type { DeployContext } from './deploy-context.ts';
import type { Question } from './revisions.ts';

/** Who keeps a deployment from beginning: hosts that are lost, or whose agents say nothing just now. */
export interface Absence {
  readonly kind: 'lost' | 'silent';
  readonly hosts: readonly string[];
}

/**
 * Who of those that a plan concerns is not there, asked before the first container is touched; undefined: all are. Where one host has
 * everything to do its agent is asked by its step itself.
 */
export async function findAbsence(
  { environment }: Pick<Question, 'environment'>,
  { differences, withheld, lost }: Plan,
  steps: readonly Step[],
  { askAgents }: Pick<DeployContext, 'askAgents'>,
  signal: AbortSignal,
): Promise<Absence | undefined> {
  if (lost.length > 0 && environment.onLostHost !== 'skip') return { kind: 'lost', hosts: lost };
  if (!steps.some(({ kind }) => kind !== 'build-image')) return undefined;
  const concerned = [...new Set([...differences, ...withheld].map(({ host }) => host))].filter((host) => !lost.includes(host));
  const silent = concerned.length > 1 ? await askAgents(concerned, signal) : [];
  return silent.length > 0 ? { kind: 'silent', hosts: silent } : undefined;
}
