import type { ContainerCreateOptions } from '../docker/engine.ts';
import type { Mount } from '../model/networks-and-volumes.ts';

type HostConfig = NonNullable<ContainerCreateOptions['HostConfig']>;
type Mounts = NonNullable<HostConfig['Mounts']>;

/**
 * Mounts in the three forms that the engine has for them. Paths of the host go into `Binds`, which makes those that are not there and
 * knows of SELinux; a tmpfs with words of the kernel's into `Tmpfs`; the rest into `Mounts`.
 */
export function mountOptions(mounts: readonly Mount[]): Pick<HostConfig, 'Mounts' | 'Binds' | 'Tmpfs'> {
  const binds = mounts.filter(isBind);
  const tmpfs = mounts.filter(({ tmpfsOptions }) => tmpfsOptions !== undefined);
  const others = mounts.filter((mount) => !binds.includes(mount) && !tmpfs.includes(mount));
  return {
    Mounts: others.map(mountOf),
    ...(binds.length > 0 && { Binds: binds.map(bindOf) }),
    ...(tmpfs.length > 0 && { Tmpfs: Object.fromEntries(tmpfs.map((mount) => [mount.target, tmpfsOf(mount)])) }),
  };
}

/** A colon would be taken for the end of the path. */
const isBind = ({ type, source, target, createHostPath }: Mount): boolean =>
  type === 'bind' && createHostPath !== false && !source?.includes(':') && !target.includes(':');

function bindOf({ source, target, readOnly, selinux, propagation }: Mount): string {
  const modes = [readOnly ? 'ro' : 'rw', selinux, propagation].filter((mode) => mode !== undefined);
  return `${source}:${target}:${modes.join(',')}`;
}

function tmpfsOf({ tmpfsOptions = [], tmpfsSizeBytes, tmpfsMode }: Mount): string {
  const size = tmpfsSizeBytes === undefined ? [] : [`size=${tmpfsSizeBytes}`];
  const mode = tmpfsMode === undefined ? [] : [`mode=${tmpfsMode.toString(8)}`];
  return [...tmpfsOptions, ...size, ...mode].join(',');
}

function mountOf(mount: Mount): Mounts[number] {
  const { type, source, target, readOnly, tmpfsSizeBytes, tmpfsMode, noCopy, subpath, propagation } = mount;
  const settings = { Type: type, Source: source ?? '', Target: target, ReadOnly: readOnly };
  // Zero is the engine's own word for its default: no limit, 1777.
  if (type === 'tmpfs') return { ...settings, TmpfsOptions: { SizeBytes: tmpfsSizeBytes ?? 0, Mode: tmpfsMode ?? 0 } };
  if (type === 'bind') return { ...settings, ...(propagation && { BindOptions: { Propagation: propagation } }) };
  if (noCopy === undefined && subpath === undefined) return settings;
  const volume = { NoCopy: noCopy ?? false, ...(subpath !== undefined && { Subpath: subpath }) };
  return { ...settings, VolumeOptions: volume as NonNullable<Mounts[number]['VolumeOptions']> };
}
