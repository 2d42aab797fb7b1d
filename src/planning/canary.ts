import type { Canary, Service } from '../model/application.ts';
import type { DesiredContainer } from './desired.ts';
import type { Difference } from './difference.ts';

/** A canary that stands: the other containers of its service wait until it has been let on. */
export interface StandingCanary {
  readonly service: string;
  /** Final names of its first containers. */
  readonly containers: readonly string[];
  /** How many the service has. */
  readonly of: number;
  readonly pauseMs: Canary['pauseMs'];
}

/** What is due of one service. */
export interface DueOfService {
  readonly service: Service;
  readonly desired: readonly DesiredContainer[];
  readonly differences: readonly Difference[];
  /** Containers of it that windlass did not make, each with the push that it lacks. */
  readonly strangers?: readonly { readonly name: string; readonly difference: Difference | undefined }[];
}

/**
 * The canary of a service, as long as containers behind it are to change; one that is only to be made, started, verified behind
 * that or taken away has nothing that could be spoilt. `isAway`: on a host that is passed over, where nothing would be seen.
 */
export function standingCanary(
  { service, desired, differences }: DueOfService,
  isAway: (host: string) => boolean,
): StandingCanary | undefined {
  const { canary, job, name } = service;
  if (!canary || job) return undefined;
  const first = desired.filter(({ host }) => !isAway(host)).slice(0, canarySize(canary, desired.length));
  const containers = first.map((container) => container.name);
  const behind = differences.some((one) => changesContainer(one) && !one.verifies && !isAway(one.host) && !containers.includes(one.name));
  return behind ? { service: name, containers, of: desired.length, pauseMs: canary.pauseMs } : undefined;
}

/** At least one of them, and never more than there are. */
export function canarySize({ containers }: Pick<Canary, 'containers'>, replicas: number): number {
  const size = 'count' in containers ? containers.count : Math.ceil((replicas * containers.percent) / 100);
  return Math.min(replicas, size);
}

export const changesContainer = ({ kind, replaces }: Difference): boolean => kind === 'push-config' || replaces === true;

/** Of several that stand the one that takes longest decides. */
export function longestPause(canaries: readonly StandingCanary[]): Canary['pauseMs'] {
  const pauses = canaries.map(({ pauseMs }) => pauseMs);
  return pauses.includes('manual') ? 'manual' : Math.max(0, ...pauses.filter((pause) => pause !== 'manual'));
}
