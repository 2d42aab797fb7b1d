import type { ContainerInspect } from '../docker/engine.ts';

/**
 * What a container was started with that no declaration can say, as `VolumesFrom`: it would not be there if windlass made it.
 * Whatever the engine tells is looked at, so that a setting of a newer engine is not overlooked.
 */
export function beyondDeclarations({ Config, HostConfig }: ContainerInspect): readonly string[] {
  const host = Object.entries(HostConfig).filter(([key, value]) => !declaredOfHost.includes(key) && saysSomething(value));
  const config = Object.entries(Config).filter(([key, value]) => configKeys.includes(key) && saysSomething(value));
  return [...host, ...config].map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
}

/** Told in observed-container.ts and observed-options.ts, or the engine's own bookkeeping. */
const declaredOfHost = words(`
  Binds Mounts Tmpfs LogConfig NetworkMode PortBindings RestartPolicy ReadonlyRootfs CapAdd CapDrop SecurityOpt ExtraHosts Init NanoCpus
  Memory ContainerIDFile ConsoleSize MaskedPaths ReadonlyPaths VolumeDriver
  Annotations BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps BlkioDeviceWriteIOps BlkioWeight BlkioWeightDevice CgroupParent
  CgroupnsMode CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpuShares CpusetCpus DeviceCgroupRules DeviceRequests Devices Dns
  DnsOptions DnsSearch GroupAdd IpcMode Isolation MemoryReservation MemorySwap MemorySwappiness OomKillDisable OomScoreAdj PidMode
  PidsLimit Privileged Runtime ShmSize StorageOpt Sysctls UTSMode Ulimits UsernsMode
`);
const configKeys = words('NetworkDisabled Shell');

function saysSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(saysSomething);
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 0;
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
