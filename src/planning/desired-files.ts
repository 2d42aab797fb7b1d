import type { Issue, Service } from '../model/application.ts';
import { type ContainerRecord, type HostRecord, isStranger } from '../model/host.ts';
import type { FileToInstall } from '../model/step.ts';
import type { RenderedFile } from '../rendering/service-files.ts';
import type { RenderedStranger } from './render-strangers.ts';
import type { Replica } from './replicas.ts';
import { isAtStart } from './strangers.ts';

/** The rendered files of one replica, or of a stranger. */
export interface DesiredFiles {
  readonly service: string;
  readonly policy: Service['policy'];
  readonly drift: Service['drift'];
  readonly name: string;
  readonly host: string;
  /** The engine's id, of a container that windlass did not make. */
  readonly stranger?: string;
  /** Why a stranger gets none. */
  readonly issues?: readonly Issue[];
  readonly files: readonly DesiredFile[];
}

interface DesiredFile extends Pick<RenderedFile, 'source' | 'target' | 'hash' | 'mode' | 'uid' | 'gid' | 'reads'> {
  /** Which guard keeps it from being installed, and why. */
  readonly held?: string;
  /** It takes effect when somebody starts the container anew. */
  readonly atStart?: true;
}

/** A replica's files, as the containers are that are there. */
export function filesOfReplica(replica: Replica, hosts: readonly HostRecord[]): DesiredFiles {
  const { service, name, host } = replica;
  const { policy, drift } = service;
  const record = recordOf({ name, host }, hosts);
  return { service: service.name, policy, drift, name, host, files: replica.files.map((file) => desiredFile(file, replica, record)) };
}

/** A stranger's. */
export function filesOfStranger(stranger: RenderedStranger): DesiredFiles {
  const { service, record, host, issues } = stranger;
  const { policy, drift } = service;
  const files = stranger.files.map((file) => ({
    ...desiredFile(file, stranger, record),
    ...(isAtStart(stranger, file.source) ? { atStart: true as const } : {}),
  }));
  return {
    service: service.name,
    policy,
    drift,
    name: record.name,
    host,
    stranger: record.id,
    files,
    ...(issues.length > 0 ? { issues } : {}),
  };
}

function desiredFile(
  { source, target, hash, mode, uid, gid, reads }: RenderedFile,
  { heldBack }: Pick<Replica, 'heldBack'>,
  record: ContainerRecord | undefined,
): DesiredFile {
  const held = heldBack(target, record?.configs[target]?.installed);
  return { source, target, hash, mode, uid, gid, reads, ...(held === undefined ? {} : { held }) };
}

/** The container that these files are for; undefined while it is not there. A stranger may have the name of a replica. */
export const recordOf = (
  { name, host, stranger }: Pick<DesiredFiles, 'name' | 'host' | 'stranger'>,
  hosts: readonly HostRecord[],
): ContainerRecord | undefined =>
  hosts
    .find((one) => one.name === host)
    ?.containers.find((one) => (stranger === undefined ? one.name === name && !isStranger(one) : one.id === stranger));

/** A rendered file as a step names it. */
export const toInstall = ({ source, target, hash, bytes, mode, uid, gid, origin, lines }: RenderedFile): FileToInstall => ({
  source,
  target,
  hash,
  size: bytes.length,
  mode,
  uid,
  gid,
  ...(origin !== undefined && { origin: { file: origin, ...(lines && { lines: lines.hash }) } }),
});

/** By hash, what agents may ask for: a container's files, and the maps that lead from their lines to their templates'. */
export const contentsOf = ({ files }: { readonly files: readonly RenderedFile[] }): (readonly [string, Uint8Array])[] =>
  files.flatMap(({ hash, bytes, lines }) => [[hash, bytes] as const, ...(lines ? [[lines.hash, lines.bytes] as const] : [])]);
