import type { Service } from '../model/application.ts';
import type { Issues } from './issues.ts';

/** Marks the services that others await as `service_completed_successfully`: they are jobs. */
export function withJobs(services: readonly Service[]): readonly Service[] {
  const awaited = new Set<string>();
  for (const { dependsOn } of services) {
    for (const { service, condition } of dependsOn) if (condition === 'service_completed_successfully') awaited.add(service);
  }
  return services.map((service) => ({ ...service, job: awaited.has(service.name) }));
}

/** Complains about services that wait for each other in a ring. */
export function checkDependencies(services: readonly Service[], issues: Issues): void {
  const next = new Map(services.map((service) => [service.name, service.dependsOn.map((dependency) => dependency.service)]));
  for (const service of services) {
    const ring = ringThrough(service.name, next);
    if (ring !== undefined) issues.add(service.place, `services.${service.name} waits for itself: ${ring.join(' → ')}`);
  }
}

/** The shortest way from a name back to itself, both ends included; undefined where there is none. */
export function ringThrough(start: string, next: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (const name of open) {
    for (const follower of next.get(name) ?? []) {
      if (follower === start) return [...wayTo(name, start, cameFrom), start];
      if (cameFrom.has(follower)) continue;
      cameFrom.set(follower, name);
      open.push(follower);
    }
  }
  return undefined;
}

function wayTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way = [end];
  for (let at = end; at !== start; way.unshift(at)) at = cameFrom.get(at) ?? start;
  return way;
}
