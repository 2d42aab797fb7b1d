import type { Application, Service } from '../model/application.ts';
import type { PulledImages } from '../model/deployment.ts';
import type { HostRecord } from '../model/host.ts';
import { containersOf } from './containers-of.ts';

/** The application with the very images that it was deployed with: a tag that has moved since does not take them along. */
export const withPulled = (application: Application, pulled: PulledImages | undefined): Application =>
  pulled === undefined ? application : { ...application, services: application.services.map((service) => withImages(service, pulled)) };

function withImages(service: Service, pulled: PulledImages): Service {
  const { image } = service;
  const ids = image.kind === 'external' ? pulled[image.reference] : undefined;
  return image.kind === 'external' && ids !== undefined ? { ...service, image: { ...image, ids } } : service;
}

/** What the application's containers are made from, of the images that windlass did not build. */
export function pulledBy(application: Application, hosts: readonly HostRecord[]): PulledImages {
  const found = new Map<string, readonly string[]>();
  for (const { name, image } of application.services) {
    if (image.kind !== 'external') continue;
    const ids = containersOf(application, name, hosts).map(({ record }) => record.imageId);
    found.set(image.reference, [...new Set([...(found.get(image.reference) ?? []), ...ids])].sort());
  }
  return Object.fromEntries([...found].filter(([, ids]) => ids.length > 0));
}
