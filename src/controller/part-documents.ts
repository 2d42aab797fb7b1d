import type { Controls, Revision } from '../model/control.ts';
import type { ApplicationPart, ApplicationState } from '../model/deployment.ts';
import type { Reach, Scope } from '../model/scope.ts';
import type { ApplicationStatus } from '../model/status-documents.ts';
import type { Choice } from '../workers/choose-aim.ts';
import { sameRevision } from '../workers/environment-state.ts';
import type { Question } from '../workers/revisions.ts';

/** A canary of which nobody has said yet what becomes of it. */
export function standingCanary(part: ApplicationPart | undefined, { continued, pin }: Controls): ApplicationPart | undefined {
  const isDecided =
    part !== undefined && (pin !== undefined || (continued !== undefined && sameRevision(continued.revision, part.revision)));
  return part?.canary && !isDecided ? part : undefined;
}

/** What status says of an application whose containers are not all to be at one revision. */
export function partFacts(
  state: ApplicationState | undefined,
  controls: Controls,
  wanted: Revision | undefined,
): Pick<ApplicationStatus, 'canary' | 'limit'> {
  const part = state?.part;
  const { limit } = controls;
  const { revision, canary } = standingCanary(part, controls) ?? {};
  const reached = part !== undefined && wanted !== undefined && sameRevision(part.revision, wanted);
  return {
    canary:
      revision && canary ? { commit: revision.commit, since: canary.since, until: canary.until ?? null, services: canary.services } : null,
    limit: limit ? { ...limit, reached: reached && !part.canary } : null,
  };
}

/** What a deployment of the newest revision would reach, with the limit that a person asks about or the one that holds. */
export function plannedScope({ revision }: Question, choice: Choice, limit: Reach | undefined): Scope | undefined {
  const scope = choice.kind !== 'frozen' && sameRevision(choice.aim.revision, revision) ? choice.aim.scope : undefined;
  return limit ? { ...scope, limit } : scope;
}
