import { posix } from 'node:path';
import type { ContainerInspect } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import type { FileToInstall } from '../model/step.ts';

/** What a target is on: the container's own layer, a volume or bind mount, or a tmpfs, which a stop empties. */
export type Medium = 'layer' | 'mount' | 'tmpfs';

/** Where a file would go, or why it cannot. */
export type Placement =
  | { readonly kind: 'possible'; readonly medium: Medium }
  | { readonly kind: 'refused'; readonly reason: string; readonly cure: string };

interface MountPoint {
  readonly path: string;
  readonly tmpfs: boolean;
  readonly writable: boolean;
}

/** Decides from what the engine says of a container whether a target in it can be replaced atomically. */
export function classify(container: ContainerInspect, target: string): Placement {
  if (target !== posix.normalize(target) || !target.startsWith('/') || target.endsWith('/') || hasControlCharacter(target)) {
    return refused('is not a plain absolute path', 'correct the target in compose.yaml');
  }
  if (engineOwned.includes(target)) return refused('belongs to the Docker engine', 'use extra_hosts, hostname or dns instead');
  if (/^\/(proc|sys)\//.test(target)) return refused('is in a file system of the kernel', 'use sysctls or an exec action');
  const mount = mountOf(container, target);
  if (!mount) {
    if (!container.HostConfig.ReadonlyRootfs) return { kind: 'possible', medium: 'layer' };
    const folder = posix.dirname(target);
    return refused('is on a read-only root file system', `mount a volume at ${folder}, or drop read_only`);
  }
  if (mount.path === target) return refused('is a mount of its own, which cannot be replaced atomically', 'mount its folder instead');
  if (!mount.writable) return refused(`is on ${mount.path}, which is mounted read-only`, `mount ${mount.path} writable`);
  return { kind: 'possible', medium: mount.tmpfs ? 'tmpfs' : 'mount' };
}

/** The medium of a target, or an `install` error that names file, reason and cure. */
export function requirePlacement(container: ContainerInspect, target: string, name: string): Medium {
  const placement = classify(container, target);
  if (placement.kind === 'possible') return placement.medium;
  throw cannotInstall(target, name, placement.reason, placement.cure);
}

/**
 * An `install` error where a running container's root may not give a file to its declared owner: who is not root needs CHOWN. Before
 * the first start the engine does it, whatever the container may.
 */
export function requireOwnership({ HostConfig: host }: ContainerInspect, { target, uid, gid }: FileToInstall, name: string): void {
  if ((uid === 0 && gid === 0) || mayChown(host)) return;
  throw cannotInstall(
    target,
    name,
    `is to belong to ${uid}:${gid}, and the container has no CHOWN capability`,
    'add cap_add: [CHOWN, FOWNER], leave uid and gid at 0, or use action: recreate',
  );
}

function mayChown({ Privileged, CapAdd, CapDrop }: ContainerInspect['HostConfig']): boolean {
  const has = (list: readonly string[] | null | undefined, name: string) =>
    (list ?? []).some((one) => one.toUpperCase().replace(/^CAP_/, '') === name);
  if (Privileged) return true;
  return has(CapDrop, 'ALL') ? has(CapAdd, 'CHOWN') : !has(CapDrop, 'CHOWN');
}

export function cannotInstall(target: string, name: string, reason: string, cure: string): WindlassError {
  return new WindlassError('install', `cannot install ${target} in ${name}: it ${reason}; ${cure}`);
}

/**
 * The folder at which an archive with this file has to be extracted: the engine refuses any at `/` of a read-only root,
 * whatever is mounted below it.
 */
export function archiveRoot(container: ContainerInspect, path: string): string {
  return container.HostConfig.ReadonlyRootfs ? (mountOf(container, path)?.path ?? '/') : '/';
}

/** Whether a start of the container empties what is there. */
export const isOnTmpfs = (container: ContainerInspect, target: string): boolean => mountOf(container, target)?.tmpfs ?? false;

/** The innermost mount that holds the path. */
function mountOf(container: ContainerInspect, path: string): MountPoint | undefined {
  return mountPoints(container)
    .filter((mount) => path === mount.path || path.startsWith(`${mount.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

function mountPoints(container: ContainerInspect): MountPoint[] {
  const mounts = container.Mounts.map((mount) => ({
    path: posix.normalize(mount.Destination).replace(/(.)\/$/, '$1'),
    tmpfs: (mount as { Type?: string }).Type === 'tmpfs',
    writable: mount.RW,
  }));
  // What `--tmpfs` made is no mount in the engine's list; /dev and /dev/shm are none anywhere.
  const declared: Readonly<Record<string, string>> = container.HostConfig.Tmpfs ?? {};
  const tmpfs = Object.entries(declared).map(([path, options]) => ({
    path: posix.normalize(path).replace(/(.)\/$/, '$1'),
    tmpfs: true,
    writable: !options.split(',').includes('ro'),
  }));
  return [...mounts, ...tmpfs, { path: '/dev', tmpfs: true, writable: true }];
}

const engineOwned = ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];
const hasControlCharacter = (text: string): boolean => /\p{Cc}/u.test(text);
const refused = (reason: string, cure: string): Placement => ({ kind: 'refused', reason, cure });
