import type { ApplicationPart, ApplicationState, PausedCanary } from '../model/deployment.ts';
import type { Reach } from '../model/scope.ts';
import { longestPause, type StandingCanary } from '../planning/canary.ts';
import type { Aimed } from './choose-aim.ts';
import { sameRevision } from './environment-state.ts';

/** What is kept of an aim that some of an application's containers have been brought to. */
export const partOf = ({ environment, root, revision, scope = {} }: Aimed, canary?: PausedCanary): ApplicationPart => ({
  revision,
  declared: { environment, root },
  scope,
  ...(canary ? { canary } : {}),
});

/** The pause behind canaries that have been reached; one that began before goes on. */
export function pauseOf(
  before: ApplicationState | undefined,
  { revision }: Aimed,
  canaries: readonly StandingCanary[],
  now: Date,
): PausedCanary {
  const services = canaries.map(({ service: name, containers, of }) => ({ name, containers, of }));
  const standing = standingPart(before, { revision })?.canary;
  if (standing) return { ...standing, services };
  const pauseMs = longestPause(canaries);
  const until = pauseMs === 'manual' ? {} : { until: new Date(now.getTime() + pauseMs).toISOString() };
  return { since: now.toISOString(), ...until, services };
}

/** The part that is at that very revision already. */
export function standingPart(before: ApplicationState | undefined, { revision }: Pick<Aimed, 'revision'>): ApplicationPart | undefined {
  return before?.part && sameRevision(before.part.revision, revision) ? before.part : undefined;
}

/** `1 of 3 containers of web, 2 of 6 of lb`. */
export const canaryText = ({ services }: Pick<PausedCanary, 'services'>): string =>
  services.map(({ name, containers, of }, i) => `${containers.length} of ${of}${i === 0 ? ' containers' : ''} of ${name}`).join(', ');

/** For status and history, while the others wait. `target`: `ENV --app APP`. */
export function pausedMessage(target: string, commit: string, canary: PausedCanary): string {
  const what = `canary: ${canaryText(canary)} at ${commit.slice(0, 7)} since ${canary.since}`;
  return canary.until === undefined
    ? `${what}; windlass canary continue ${target} lets the others follow, windlass canary abort ${target} takes it back`
    : `${what}; the others follow at ${canary.until}`;
}

export const limitText = ({ services, containers }: Reach): string =>
  [
    ...(services.length > 0 ? [`${services.length === 1 ? 'service' : 'services'} ${services.join(', ')}`] : []),
    ...(containers.length > 0 ? [containers.join(', ')] : []),
  ].join(' and ');

/** For status and history: the others stay where they are. */
export const limitedMessage = (target: string, commit: string, limit: Reach): string =>
  `limited to ${limitText(limit)}, which ${limit.services.length + limit.containers.length === 1 ? 'is' : 'are'} at ${commit.slice(0, 7)}; ` +
  `windlass deploy ${target} takes the limit off`;
