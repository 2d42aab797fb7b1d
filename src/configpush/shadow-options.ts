import type { ContainerCreateOptions, ContainerInspect } from '../docker/engine.ts';
import type { Mount } from '../model/networks-and-volumes.ts';
import type { ContainerToCreate } from '../model/step.ts';

type HostConfig = NonNullable<ContainerCreateOptions['HostConfig']>;
type Mounts = NonNullable<HostConfig['Mounts']>;

/** What a check's shadow has in common with the container that it stands for. */
export interface ShadowSpec {
  readonly imageId: string;
  /** `NAME=value`. */
  readonly environment: readonly string[];
  readonly user: string | undefined;
  readonly workingDir: string | undefined;
  readonly networkMode: string | undefined;
  readonly networks: readonly string[];
  readonly mounts: Mounts;
  /** Paths of the host that the engine makes where they are missing, as it would for the container. */
  readonly binds: readonly { readonly source: string; readonly target: string }[];
  readonly security: Pick<
    HostConfig,
    'CapAdd' | 'CapDrop' | 'SecurityOpt' | 'ExtraHosts' | 'Dns' | 'DnsSearch' | 'DnsOptions' | 'GroupAdd'
  >;
}

/** The label by which leftovers are found. Never one that makes the shadow a container of an environment. */
export const shadowLabel = 'windlass.shadow';

/** The shadow of a container that is yet to be made. */
export function shadowOfDeclared({ spec }: ContainerToCreate, imageId: string): ShadowSpec {
  return {
    imageId,
    environment: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    user: spec.user,
    workingDir: spec.workingDir,
    networkMode: spec.networkMode,
    networks: spec.networks.map(({ name }) => name),
    mounts: spec.mounts.filter((mount) => !isMadeOnDemand(mount)).map(mountOf),
    binds: spec.mounts.filter(isMadeOnDemand).map(({ source, target }) => ({ source: source ?? '', target })),
    security: {
      CapAdd: [...spec.capAdd],
      CapDrop: [...spec.capDrop],
      SecurityOpt: [...spec.securityOpt],
      ExtraHosts: [...spec.extraHosts],
      ...(spec.dns && { Dns: [...spec.dns] }),
      ...(spec.dnsSearch && { DnsSearch: [...spec.dnsSearch] }),
      ...(spec.dnsOptions && { DnsOptions: [...spec.dnsOptions] }),
      ...(spec.groupAdd && { GroupAdd: [...spec.groupAdd] }),
    },
  };
}

/** A colon would be taken for the end of the path. */
const isMadeOnDemand = ({ type, source, target, createHostPath }: Mount): boolean =>
  type === 'bind' && createHostPath !== false && !`${source}${target}`.includes(':');

function mountOf({ type, source, target, subpath }: Mount): Mounts[number] {
  const settings = { Type: type, Source: source ?? '', Target: target, ReadOnly: type !== 'tmpfs' };
  return subpath === undefined
    ? settings
    : { ...settings, VolumeOptions: { Subpath: subpath } as NonNullable<Mounts[number]['VolumeOptions']> };
}

/** The shadow of a container that is there. */
export function shadowOfRunning(container: ContainerInspect): ShadowSpec {
  const { Config: config, HostConfig: host } = container;
  const networks = Object.keys(container.NetworkSettings.Networks ?? {});
  // A mode that is none of the joined networks: host, none, another container's.
  const networkMode = host.NetworkMode && !networks.includes(host.NetworkMode) ? host.NetworkMode : undefined;
  const declared: Readonly<Record<string, string>> = host.Tmpfs ?? {};
  return {
    imageId: container.Image,
    environment: config.Env ?? [],
    user: config.User || undefined,
    workingDir: config.WorkingDir || undefined,
    networkMode: networkMode === 'default' ? undefined : networkMode,
    networks: networkMode === undefined || networkMode === 'default' ? networks : [],
    binds: [],
    // In the order of their targets: the engine tells them in any.
    mounts: [...container.Mounts.map(readOnlyMount), ...Object.keys(declared).map((path) => tmpfs(path))].sort((a, b) =>
      a.Target < b.Target ? -1 : 1,
    ),
    security: {
      CapAdd: host.CapAdd ?? [],
      CapDrop: host.CapDrop ?? [],
      SecurityOpt: host.SecurityOpt ?? [],
      ExtraHosts: host.ExtraHosts ?? [],
      Dns: host.Dns ?? [],
      DnsSearch: host.DnsSearch ?? [],
      DnsOptions: host.DnsOptions ?? [],
      GroupAdd: host.GroupAdd ?? [],
    },
  };
}

function readOnlyMount(mount: ContainerInspect['Mounts'][number]): Mounts[number] {
  const type = (mount as { Type?: string }).Type;
  if (type === 'tmpfs') return tmpfs(mount.Destination);
  const isVolume = type === 'volume';
  return {
    Type: isVolume ? 'volume' : 'bind',
    Source: (isVolume ? mount.Name : mount.Source) ?? '',
    Target: mount.Destination,
    ReadOnly: true,
  };
}

const tmpfs = (path: string): Mounts[number] => ({ Type: 'tmpfs', Source: '', Target: path, ReadOnly: false });

/**
 * What the engine is asked for: the argv in place of the entrypoint, no ports, no names of the original's, no restarts. A mount that
 * holds a candidate is left out, for the engine cannot put a file under a read-only one, or into a tmpfs; so is one that still holds a file
 * which is to go.
 */
export function shadowOptions(shadow: ShadowSpec, argv: readonly string[], targets: readonly string[]): ContainerCreateOptions {
  const holdsTarget = (path: string) => targets.some((target) => target === path || target.startsWith(`${path.replace(/\/$/, '')}/`));
  const networkMode = shadow.networkMode ?? shadow.networks[0];
  return {
    Image: shadow.imageId,
    Entrypoint: [...argv],
    Cmd: [],
    Env: [...shadow.environment],
    Labels: { [shadowLabel]: 'true' },
    Healthcheck: { Test: ['NONE'] },
    ...(shadow.user !== undefined && { User: shadow.user }),
    ...(shadow.workingDir !== undefined && { WorkingDir: shadow.workingDir }),
    HostConfig: {
      ...shadow.security,
      Mounts: shadow.mounts.filter(({ Target }) => !holdsTarget(Target)),
      Binds: shadow.binds.filter(({ target }) => !holdsTarget(target)).map(({ source, target }) => `${source}:${target}:ro`),
      // Its output is read back from the engine.
      LogConfig: { Type: 'json-file', Config: {} },
      ...(networkMode !== undefined && { NetworkMode: networkMode }),
    },
  };
}
