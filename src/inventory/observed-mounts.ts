import type { ContainerInspect } from '../docker/engine.ts';
import type { Mount } from '../model/networks-and-volumes.ts';

type Mounted = ContainerInspect['Mounts'][number];
/** What the client's types leave out. */
type Asked = NonNullable<ContainerInspect['HostConfig']['Mounts']>[number] & {
  readonly VolumeOptions?: { readonly NoCopy?: boolean; readonly Subpath?: string };
};

/** Volumes and binds as they are mounted, a tmpfs as it was asked for: only there the engine tells its options. */
export function mountsOf({ Mounts: mounted, HostConfig: host }: ContainerInspect): readonly Mount[] {
  const asked = (host.Mounts ?? []) as readonly Asked[];
  const named = mounted.flatMap((mount): Mount[] => {
    const { Name: name, Source: path, Destination: target } = mount;
    const options = asked.find(({ Target }) => Target === target)?.VolumeOptions;
    if (mount.Type === 'volume') return [{ ...plain(mount), type: 'volume', source: name, ...volumeOptions(mount, options) }];
    return mount.Type === 'bind' ? [{ ...plain(mount), type: 'bind', source: path, ...bindOptions(mount) }] : [];
  });
  const long = asked.flatMap(({ Type: type, Target: target, ReadOnly: readOnly, TmpfsOptions: options }): Mount[] =>
    type === 'tmpfs' ? [tmpfs(target, readOnly ?? false, options?.SizeBytes, options?.Mode)] : [],
  );
  const short = Object.entries((host.Tmpfs ?? {}) as Record<string, string>).map(([target, options]) => {
    const given = options === '' ? [] : options.split(',');
    const optionOf = (key: string) => given.find((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
    const others = given.filter((option) => !/^(size|mode)=/.test(option));
    const mount = tmpfs(target, false, sizeOf(optionOf('size')), Number.parseInt(optionOf('mode') ?? '', 8));
    return others.length === 0 ? mount : { ...mount, tmpfsOptions: others };
  });
  return [...named, ...long, ...short];
}

const plain = ({ Destination: target, RW: writable }: Mounted) => ({
  target,
  readOnly: !writable,
  tmpfsSizeBytes: undefined,
  tmpfsMode: undefined,
});

const modesOf = ({ Mode: mode }: Mounted): readonly string[] => (mode ?? '').split(',');

const volumeOptions = (mount: Mounted, options: Asked['VolumeOptions']): Pick<Mount, 'noCopy' | 'subpath'> => ({
  ...((options?.NoCopy || modesOf(mount).includes('nocopy')) && { noCopy: true }),
  ...(options?.Subpath && { subpath: options.Subpath }),
});

/** `rprivate` is what every bind is unless it says otherwise. */
function bindOptions(mount: Mounted): Pick<Mount, 'propagation' | 'selinux'> {
  const propagation = (['private', 'shared', 'rshared', 'slave', 'rslave'] as const).find((word) => word === mount.Propagation);
  const selinux = (['z', 'Z'] as const).find((mode) => modesOf(mount).includes(mode));
  return { ...(propagation && { propagation }), ...(selinux && { selinux }) };
}

const tmpfs = (target: string, readOnly: boolean, size: number | undefined, mode: number | undefined): Mount => ({
  type: 'tmpfs',
  source: undefined,
  target,
  readOnly,
  tmpfsSizeBytes: size || undefined,
  tmpfsMode: mode || undefined,
});

/** `64m` as bytes; the kernel's own units. */
function sizeOf(text: string | undefined): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([kmg]?)$/i.exec(text ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
}

export const isAnonymous = (name: string | undefined): boolean => /^[0-9a-f]{64}$/.test(name ?? '');

/** Nobody can declare the name that the engine made up. */
export const withoutOwnName = (mount: Mount): Mount =>
  mount.type === 'volume' && isAnonymous(mount.source) ? { ...mount, source: undefined } : mount;
