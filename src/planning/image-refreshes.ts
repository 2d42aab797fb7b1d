import type { Application } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import { containersOf } from './containers-of.ts';

/** An image whose tag may have moved in its registry since that host pulled it. */
export interface ImageRefresh {
  readonly host: string;
  readonly reference: string;
}

/**
 * What is to be pulled before a deployment is planned: the images of services with `pull_policy: always`, wherever one of their
 * containers is. Where none is yet, the first one's making pulls. What goes back to the images of an earlier deployment pulls nothing.
 */
export function imageRefreshes(application: Application, hosts: readonly HostRecord[]): readonly ImageRefresh[] {
  const ready = hosts.filter(({ state }) => state === 'ready');
  const found = application.services.flatMap(({ name, image, pullPolicy }) => {
    if (image.kind !== 'external' || image.ids !== undefined || pullPolicy !== 'always') return [];
    return containersOf(application, name, ready).map(({ host }) => ({ host, reference: image.reference }));
  });
  return [...new Map(found.map((one) => [`${one.host} ${one.reference}`, one])).values()];
}
