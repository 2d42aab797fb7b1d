import type { Controls, Revision } from '../model/control.ts';
import type { ApplicationState } from '../model/deployment.ts';
import type { Reach, Scope } from '../model/scope.ts';
import type { ApplicationStatus } from '../model/status-documents.ts';
import type { Choice } from '../workers/choose-aim.ts';
import { sameRevision } from '../workers/environment-state.ts';
import type { Question } from '../workers/revisions.ts';

/** What status says of an application whose containers are not all to be at one revision. */
export function partFacts(
  state: ApplicationState | undefined,
  { continued, limit }: Controls,
  wanted: Revision | undefined,
): Pick<ApplicationStatus, 'canary' | 'limit'> {
  const part = state?.part;
  const isOver = part !== undefined && continued !== undefined && sameRevision(continued.revision, part.revision);
  const reached = part !== undefined && wanted !== undefined && sameRevision(part.revision, wanted);
  return {
    canary:
      part?.canary && !isOver
        ? { commit: part.revision.commit, since: part.canary.since, until: part.canary.until ?? null, services: part.canary.services }
        : null,
    limit: limit ? { ...limit, reached: reached && !part.canary } : null,
  };
}

/** What a deployment of the newest revision would reach, with the limit that a person asks about or the one that holds. */
export function plannedScope({ revision }: Question, choice: Choice, limit: Reach | undefined): Scope | undefined {
  const scope = choice.kind !== 'frozen' && sameRevision(choice.aim.revision, revision) ? choice.aim.scope : undefined;
  return limit ? { ...scope, limit } : scope;
}
