import type { Reach, Scope } from '../model/scope.ts';
import type { DueOfService, StandingCanary } from './canary.ts';
import type { Difference } from './difference.ts';

/**
 * What a scope comes to where these canaries stand; undefined: all of the application. A container that lacks nothing is within reach:
 * it has been brought there before, under another limit perhaps, and is not taken back.
 */
export function reachOf({ limit }: Scope, due: readonly DueOfService[], canaries: readonly StandingCanary[]): Reach | undefined {
  if (!limit && canaries.length === 0) return undefined;
  const within = limit ? withAwaitedJobs(limit, due) : due.map(({ service }) => service.name);
  const services = within.filter((name) => !canaries.some(({ service }) => service === name));
  const there = due.filter(({ service }) => !services.includes(service.name)).flatMap(lackingNothing);
  const named = [...(limit?.containers ?? []), ...canaries.flatMap(({ containers }) => containers)];
  return { services, containers: [...new Set([...named, ...there])] };
}

const lackingNothing = ({ desired, differences, strangers = [] }: DueOfService): readonly string[] => [
  ...desired.map(({ name }) => name).filter((name) => !differences.some((one) => one.name === name)),
  // One on another host may have a replica's name, of which it says nothing.
  ...strangers.filter(({ name, difference }) => !difference && !desired.some((one) => one.name === name)).map(({ name }) => name),
];

/** The services of a limit, and what they and its containers await to have ended well: a migration is done before, whatever the limit. */
function withAwaitedJobs({ services, containers }: Reach, due: readonly DueOfService[]): readonly string[] {
  const found = new Set(services);
  const visit = ({ service }: DueOfService) => {
    for (const { service: name, condition } of service.dependsOn) {
      const job = condition === 'service_completed_successfully' && due.find((one) => one.service.name === name);
      if (!job || found.has(name)) continue;
      found.add(name);
      visit(job);
    }
  };
  for (const one of due) {
    if (services.includes(one.service.name) || one.desired.some(({ name }) => containers.includes(name))) visit(one);
  }
  return [...found];
}

/**
 * Whether a plan of this reach sees to a difference; `except`: one that sees to what another plan does not reach. An image to be built
 * is everybody's, and so is what gives way to something within reach.
 */
export function isReached(difference: Difference, reach: Reach | undefined, except: Reach | undefined): boolean {
  const { kind, retires } = difference;
  if (kind === 'build-image' || (kind === 'remove-container' && !retires)) return true;
  return (!reach || isIn(reach, difference)) && !(except && isIn(except, difference));
}

/** Whether a container, by its service and final name, is among those. */
export const isIn = ({ services, containers }: Reach, { service, name }: Pick<Difference, 'service' | 'name'>): boolean =>
  (service !== undefined && services.includes(service)) || containers.includes(name);
