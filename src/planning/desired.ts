import type { Application, Service } from '../model/application.ts';
import type { HostRecord, ImageRecord } from '../model/host.ts';
import { type BuildableImage, imageReference, pinnedReference } from '../model/image.ts';
import { containerName } from '../model/names.ts';
import type { Network, Volume } from '../model/networks-and-volumes.ts';
import { ownAddress } from '../model/own-address.ts';
import type { ContainerToCreate, FileToInstall } from '../model/step.ts';
import type { HeldBack } from './guards.ts';
import { containerLabels } from './labels.ts';
import { declarationHash, declaredLabel } from './outdated.ts';
import { reactionOf, usesStaged } from './reaction.ts';
import { type SpecHash, specHash } from './spec-hash.ts';

/** One replica as it should be: where, from what, with which files. */
export interface DesiredContainer {
  readonly service: Service;
  readonly name: string;
  readonly index: number;
  readonly host: string;
  readonly hash: SpecHash;
  /** Its config files, or some of them, are put in when it is made: a change of theirs is a recreate. */
  readonly configured: boolean;
  readonly files: readonly FileToInstall[];
  /** Files that stay as they are; undefined: none does. */
  readonly heldBack?: HeldBack;
  /** A person has asked for it: files that somebody else has changed are put right at once. */
  readonly asked?: boolean;
  /** Undefined while its image is not built yet. */
  readonly create: ContainerToCreate | undefined;
}

/** What the files and the image of a replica are known to be, beside its declaration. */
export interface Parts {
  readonly application: Application;
  readonly service: Service;
  readonly index: number;
  readonly host: string;
  readonly files: readonly FileToInstall[];
  /** Hash of an immutable service's configuration; undefined for a mutable one. */
  readonly configuration: string | undefined;
  readonly image: BuildableImage | undefined;
  readonly built: ImageRecord | undefined;
}

export function desiredContainer(parts: Parts): DesiredContainer {
  const { application, service, index, host, files } = parts;
  const hash = specHash(service, imageIdentity(parts), parts.configuration);
  const image = imageToUse(parts);
  const create: ContainerToCreate | undefined = image && {
    spec: service.spec,
    labels: containerLabels(application, service, index, hash),
    image,
    files: [...files],
    checks: checksInPlace(service, files),
    networks: application.networks
      .filter(({ name }) => service.spec.networks.some((attachment) => attachment.name === name))
      .map(networkToMake),
    volumes: application.volumes
      .filter(({ name }) => service.spec.mounts.some(({ type, source }) => type === 'volume' && source === name))
      .map(volumeToMake),
    monitorMs: service.update.monitorMs,
  };
  const configured = parts.configuration !== undefined;
  return {
    service,
    index,
    host,
    hash,
    configured,
    files,
    create,
    name: containerName(application.environment, application.name, service.name, index),
  };
}

function networkToMake(network: Network): ContainerToCreate['networks'][number] {
  const { driver, driverOptions, labels, ...rest } = network;
  return {
    ...rest,
    labels: { ...labels, [declaredLabel]: declarationHash(network) },
    ...(driver === undefined ? {} : { driver }),
    ...(driverOptions && { driverOptions: { ...driverOptions } }),
  };
}

function volumeToMake(volume: Volume): ContainerToCreate['volumes'][number] {
  const { driver, driverOptions, labels, ...rest } = volume;
  return {
    ...rest,
    labels: { ...labels, [declaredLabel]: declarationHash(volume) },
    driverOptions: { ...driverOptions },
    ...(driver === undefined ? {} : { driver }),
  };
}

/** A built image is known by its inputs, so that a spec can be compared before the image is there. */
function imageIdentity({ service, image }: Parts): string {
  if (service.image.kind === 'external') return service.image.reference;
  return image ? image.inputs : imageReference(service.image);
}

function imageToUse({ service, image, built }: Parts): ContainerToCreate['image'] | undefined {
  if (service.image.kind === 'external') {
    const { reference, ids } = service.image;
    return { kind: 'external', reference, pull: service.pullPolicy, ...(ids === undefined ? {} : { ids: [...ids] }) };
  }
  return image && built ? { kind: 'built', reference: pinnedReference(image), id: built.id } : undefined;
}

/** The checks of all files for a shadow, where every file already is at its target. */
function checksInPlace(service: Service, files: readonly FileToInstall[]): string[][] {
  const reactions = new Set(files.map(({ source }) => reactionOf(service, source)));
  return [...reactions].flatMap((reaction) => (reaction?.check ? [placeholdersToTargets(reaction.check, files)] : []));
}

/** `{{staged:SOURCE}}` is that file's target; plain `{{staged}}` the only file's, or the first. */
function placeholdersToTargets(argv: readonly string[], files: readonly FileToInstall[]): string[] {
  if (!usesStaged(argv)) return [...argv];
  const target = (source: string | undefined) => files.find((file) => source === undefined || file.source === source)?.target ?? '';
  return argv.map((argument) => argument.replaceAll(/\{\{staged(?::([^}]+))?\}\}/g, (_, source?: string) => target(source)));
}

/** Whether a replacement beside the old container would fight with it: over a published port of the host or a volume both write. */
export function conflict(service: Service): string | undefined {
  const port = service.spec.ports.find(({ published }) => published !== undefined);
  if (port) return `port ${port.published} of the host`;
  if (service.spec.networkMode === 'host') return "the host's network";
  const address = ownAddress(service.spec);
  if (address !== undefined) return `the address ${address}`;
  const volume = service.spec.mounts.find(({ type, readOnly, source }) => type !== 'tmpfs' && !readOnly && source !== undefined);
  return volume && `${volume.type === 'bind' ? 'the folder' : 'volume'} ${volume.source}`;
}

export const findHost = (hosts: readonly HostRecord[], name: string): HostRecord | undefined => hosts.find((host) => host.name === name);
