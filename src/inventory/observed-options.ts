import type { ContainerInspect, ImageInspect } from '../docker/engine.ts';
import type { BlockIo, ContainerOptions, DeviceRequest, DeviceValue, ResourceOptions } from '../model/container-options.ts';

/** Where the client's types say nothing, or less than the engine does. */
type Host = Omit<ContainerInspect['HostConfig'], 'DeviceRequests' | 'Devices' | 'Ulimits'> & {
  readonly Annotations?: Readonly<Record<string, string>>;
  readonly CgroupnsMode?: string;
  readonly Devices?:
    | readonly { readonly PathOnHost: string; readonly PathInContainer: string; readonly CgroupPermissions: string }[]
    | null;
  readonly DeviceRequests?: readonly AskedDevices[] | null;
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[] | null;
};

interface AskedDevices {
  readonly Driver?: string;
  readonly Count?: number;
  readonly DeviceIDs?: readonly string[] | null;
  readonly Capabilities?: readonly (readonly string[])[] | null;
  readonly Options?: Readonly<Record<string, string>> | null;
}

/** What is seldom said of a container, as the engine tells it: also what it has filled in by itself. */
export function observedOptions({ Config, HostConfig }: ContainerInspect, image: ImageInspect | undefined): ContainerOptions {
  const config: typeof Config & { readonly MacAddress?: string } = Config;
  const host = HostConfig as Host;
  return present<ContainerOptions>({
    ...resources(host),
    annotations: host.Annotations,
    cgroup: host.CgroupnsMode,
    cgroupParent: host.CgroupParent,
    deviceCgroupRules: host.DeviceCgroupRules,
    deviceRequests: host.DeviceRequests?.map(deviceRequest),
    devices: host.Devices?.map(({ PathOnHost: source, PathInContainer: target, CgroupPermissions: permissions }) => ({
      source,
      target,
      permissions,
    })),
    dns: host.Dns,
    dnsOptions: host.DnsOptions,
    dnsSearch: host.DnsSearch,
    domainname: config.Domainname,
    groupAdd: host.GroupAdd,
    ipc: host.IpcMode,
    isolation: host.Isolation,
    macAddress: config.MacAddress,
    pid: host.PidMode,
    platform: image && [image.Os, image.Architecture, image.Variant].filter(Boolean).join('/'),
    privileged: host.Privileged,
    runtime: host.Runtime,
    stdinOpen: config.OpenStdin,
    storageOptions: host.StorageOpt,
    sysctls: host.Sysctls,
    tty: config.Tty,
    usernsMode: host.UsernsMode,
    uts: host.UTSMode,
  });
}

const resources = (host: Host) =>
  present<ResourceOptions>({
    blockIo: present<BlockIo>({
      weight: host.BlkioWeight,
      weightDevice: host.BlkioWeightDevice?.map(deviceValue),
      readBytes: host.BlkioDeviceReadBps?.map(deviceValue),
      readOperations: host.BlkioDeviceReadIOps?.map(deviceValue),
      writeBytes: host.BlkioDeviceWriteBps?.map(deviceValue),
      writeOperations: host.BlkioDeviceWriteIOps?.map(deviceValue),
    }),
    cpuPeriod: host.CpuPeriod,
    cpuQuota: host.CpuQuota,
    cpuRealtimePeriod: host.CpuRealtimePeriod,
    cpuRealtimeRuntime: host.CpuRealtimeRuntime,
    cpuset: host.CpusetCpus,
    cpuShares: host.CpuShares,
    memoryReservationBytes: host.MemoryReservation,
    memorySwapBytes: host.MemorySwap,
    memorySwappiness: host.MemorySwappiness,
    oomKillDisable: host.OomKillDisable,
    oomScoreAdjust: host.OomScoreAdj,
    pidsLimit: host.PidsLimit,
    shmSizeBytes: host.ShmSize,
    ulimits: host.Ulimits?.map(({ Name: name, Soft: soft, Hard: hard }) => ({ name, soft, hard })),
  });

const deviceRequest = ({ Driver, Count, DeviceIDs, Capabilities, Options }: AskedDevices): DeviceRequest => ({
  ...present({ driver: Driver, count: Count, ids: DeviceIDs, options: Options }),
  capabilities: Capabilities?.flat() ?? [],
});

const deviceValue = ({ Path, Rate, Weight }: { Path: string; Rate?: number; Weight?: number }): DeviceValue => ({
  path: Path,
  value: Rate ?? Weight ?? 0,
});

type Told<T> = { readonly [Key in keyof T]: T[Key] | null | undefined };

/** Without what says nothing: the engine tells an unset setting in many ways. */
function present<T extends object>(settings: Told<T>): T {
  const says = (value: unknown): boolean => (typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value));
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => says(value))) as T;
}
