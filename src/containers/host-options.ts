import type { ContainerCreateOptions } from '../docker/engine.ts';
import type { BlockIo, ContainerOptions, DeviceRequest, DeviceValue } from '../model/container-options.ts';

type HostConfig = NonNullable<ContainerCreateOptions['HostConfig']>;

/** What of a service's options the engine wants beside the host's part. */
export function containerConfig(spec: ContainerOptions): ContainerCreateOptions {
  return {
    ...(spec.domainname !== undefined && { Domainname: spec.domainname }),
    ...(spec.macAddress !== undefined && { MacAddress: spec.macAddress }),
    ...(spec.stdinOpen !== undefined && { OpenStdin: spec.stdinOpen }),
    ...(spec.tty !== undefined && { Tty: spec.tty }),
    ...(spec.platform !== undefined && { platform: spec.platform }),
  };
}

/** What of them is the host's part. */
export function hostOptions(spec: ContainerOptions): HostConfig {
  return withoutUndefined({
    ...resources(spec),
    Annotations: spec.annotations,
    CgroupnsMode: spec.cgroup,
    CgroupParent: spec.cgroupParent,
    DeviceCgroupRules: spec.deviceCgroupRules,
    DeviceRequests: spec.deviceRequests?.map(deviceRequest),
    Devices: spec.devices?.map(({ source, target, permissions }) => ({
      PathOnHost: source,
      PathInContainer: target,
      CgroupPermissions: permissions,
    })),
    Dns: spec.dns,
    DnsOptions: spec.dnsOptions,
    DnsSearch: spec.dnsSearch,
    GroupAdd: spec.groupAdd,
    IpcMode: spec.ipc,
    Isolation: spec.isolation,
    PidMode: spec.pid,
    Privileged: spec.privileged,
    Runtime: spec.runtime,
    StorageOpt: spec.storageOptions,
    Sysctls: spec.sysctls,
    UsernsMode: spec.usernsMode,
    UTSMode: spec.uts,
  });
}

const resources = (spec: ContainerOptions) => ({
  ...blockIo(spec.blockIo),
  CpuPeriod: spec.cpuPeriod,
  CpuQuota: spec.cpuQuota,
  CpuRealtimePeriod: spec.cpuRealtimePeriod,
  CpuRealtimeRuntime: spec.cpuRealtimeRuntime,
  CpuShares: spec.cpuShares,
  CpusetCpus: spec.cpuset,
  MemoryReservation: spec.memoryReservationBytes,
  MemorySwap: spec.memorySwapBytes,
  MemorySwappiness: spec.memorySwappiness,
  OomKillDisable: spec.oomKillDisable,
  OomScoreAdj: spec.oomScoreAdjust,
  PidsLimit: spec.pidsLimit,
  ShmSize: spec.shmSizeBytes,
  Ulimits: spec.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
});

function blockIo(settings: BlockIo | undefined) {
  const rates = (values: readonly DeviceValue[] | undefined) => values?.map(({ path, value }) => ({ Path: path, Rate: value }));
  return {
    BlkioWeight: settings?.weight,
    BlkioWeightDevice: settings?.weightDevice?.map(({ path, value }) => ({ Path: path, Weight: value })),
    BlkioDeviceReadBps: rates(settings?.readBytes),
    BlkioDeviceReadIOps: rates(settings?.readOperations),
    BlkioDeviceWriteBps: rates(settings?.writeBytes),
    BlkioDeviceWriteIOps: rates(settings?.writeOperations),
  };
}

const deviceRequest = ({ driver, count, ids, capabilities, options }: DeviceRequest) => ({
  Driver: driver ?? '',
  Count: count ?? 0,
  DeviceIDs: [...(ids ?? [])],
  Capabilities: [[...capabilities]],
  Options: { ...options },
});

/** The engine takes null for a word of its own in places. Its types want lists that may be written to. */
function withoutUndefined(settings: Readonly<Record<string, unknown>>): HostConfig {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as HostConfig;
}
