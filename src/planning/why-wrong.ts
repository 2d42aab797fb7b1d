import type { ContainerRecord, HostRecord } from '../model/host.ts';
import type { ObservedContainer } from '../model/observed.ts';
import { type DesiredContainer, findHost } from './desired.ts';
import { localImage, normalizeReference } from './images.ts';
import { observedDifferences } from './observed-differences.ts';
import { reactionOf } from './reaction.ts';
import { describeRedeclared } from './redeclared-files.ts';
import { changedParts } from './spec-hash.ts';

/** Why a container cannot be kept; undefined: its spec is right. */
export function whyWrong(desired: DesiredContainer, record: ContainerRecord, hosts: readonly HostRecord[]): string | undefined {
  if (record.observed) return whyNotKept(desired, record, record.observed, hosts);
  if (record.spec !== desired.hash.spec) return describeChange(desired, record);
  return filesMadeOtherwise(desired, record) ?? movedImage(desired, record, hosts);
}

/** Files whose action is `recreate` have their bytes in the spec; the owner and mode that they were made with the record tells. */
function filesMadeOtherwise({ service, files, heldBack }: DesiredContainer, { configs }: ContainerRecord): string | undefined {
  const changed = files.filter(({ source, target }) => {
    const held = heldBack?.(target, configs[target]?.installed) !== undefined;
    return !held && reactionOf(service, source)?.action.kind === 'recreate';
  });
  const reasons = describeRedeclared(changed, configs);
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

function movedImage(desired: DesiredContainer, record: ContainerRecord, hosts: readonly HostRecord[]): string | undefined {
  const { image } = desired.service;
  if (image.kind === 'built') return undefined;
  const host = findHost(hosts, desired.host);
  const { ids = [] } = image;
  if (host?.images.some(({ id }) => ids.includes(id)))
    return ids.includes(record.imageId) ? undefined : `image ${image.reference} is to be what it was`;
  const local = localImage(image.reference, host);
  return local && local.id !== record.imageId ? `image ${image.reference} has moved` : undefined;
}

/** Compose's own: nothing but a look at it says what it is made from. */
function whyNotKept(
  desired: DesiredContainer,
  record: ContainerRecord,
  observed: ObservedContainer,
  hosts: readonly HostRecord[],
): string | undefined {
  const { service, files, configured } = desired;
  const reasons = [
    ...imageReasons(desired, record, hosts),
    ...observedDifferences({ service: service.name, spec: service.spec, targets: files.map(({ target }) => target) }, observed),
    ...(configured ? ['config files: put in when a container is made (policy: immutable, or action: recreate)'] : []),
  ];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

function imageReasons({ service: { image }, host }: DesiredContainer, record: ContainerRecord, hosts: readonly HostRecord[]): string[] {
  if (image.kind === 'built') return [`image: ${record.image} → ${image.name}:${image.tag} as windlass builds it`];
  const local = localImage(image.reference, findHost(hosts, host));
  const same = local ? local.id === record.imageId : normalizeReference(image.reference) === normalizeReference(record.image);
  if (same) return [];
  const moved = normalizeReference(image.reference) === normalizeReference(record.image);
  return [`image: ${record.image} → ${image.reference}${moved ? ', which has moved' : ''}`];
}

function describeChange(desired: DesiredContainer, record: ContainerRecord): string {
  const parts = changedParts(record.labels['windlass.spec-parts'], desired.hash.parts);
  return parts.length > 0 ? `${parts.join(', ')} changed` : 'its declaration changed';
}
