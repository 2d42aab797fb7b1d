import type { Issue } from '../model/application.ts';
import type { HostRecord } from '../model/host.ts';
import type { DesiredContainer } from './desired.ts';
import type { Located } from './place.ts';
import { whyWrong } from './why-wrong.ts';

/**
 * A container of Compose's that cannot stay, with data in a volume without a name: the new one would not have it. Compose carries such
 * volumes over from container to container; nobody could say later which was the right one, so a person decides.
 */
export function anonymousVolumeIssues(
  desired: DesiredContainer,
  existing: readonly Located[],
  hosts: readonly HostRecord[],
): readonly Issue[] {
  return existing
    .filter(({ record, host }) => record.index === desired.index && host === desired.host)
    .flatMap(({ record }) => {
      const why = record.observed && whyWrong(desired, record, hosts);
      if (!record.observed || why === undefined) return [];
      return Object.entries(record.observed.anonymous)
        .filter(([target, volume]) => !desired.service.spec.mounts.some((mount) => mount.target === target && mount.source === volume))
        .map(([target, volume]) => ({ ...desired.service.place, message: message(desired, record.name, { target, volume, why }) }));
    });
}

function message(
  { service }: DesiredContainer,
  container: string,
  { target, volume, why }: { readonly target: string; readonly volume: string; readonly why: string },
): string {
  return (
    `service ${service.name}: ${container} has to be made again (${why}) and has data in a volume without a name at ${target}, which a new container would not have: ` +
    `mount it there by name (volumes: { KEY: { external: true, name: ${volume} } }), or remove ${container} yourself if nothing in it is needed`
  );
}
