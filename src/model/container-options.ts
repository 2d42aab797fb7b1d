/**
 * What Compose says of a container beyond what nearly every service says. What is not said is absent: the engine's default. Sizes are
 * bytes.
 */
export interface ContainerOptions extends ResourceOptions {
  readonly domainname?: string;
  readonly macAddress?: string;
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOptions?: readonly string[];
  readonly groupAdd?: readonly string[];
  readonly privileged?: boolean;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly ipc?: string;
  readonly pid?: string;
  readonly uts?: string;
  readonly usernsMode?: string;
  readonly cgroup?: string;
  readonly cgroupParent?: string;
  readonly runtime?: string;
  readonly isolation?: string;
  /** `linux/arm64`. */
  readonly platform?: string;
  readonly stdinOpen?: boolean;
  readonly tty?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly storageOptions?: Readonly<Record<string, string>>;
  readonly devices?: readonly Device[];
  readonly deviceCgroupRules?: readonly string[];
  readonly deviceRequests?: readonly DeviceRequest[];
}

/** How much of its host a container may use. */
export interface ResourceOptions {
  readonly shmSizeBytes?: number;
  readonly ulimits?: readonly Ulimit[];
  readonly memoryReservationBytes?: number;
  /** Memory and swap together; -1 is without limit. */
  readonly memorySwapBytes?: number;
  readonly memorySwappiness?: number;
  readonly oomKillDisable?: boolean;
  readonly oomScoreAdjust?: number;
  /** -1 is without limit. */
  readonly pidsLimit?: number;
  readonly cpuShares?: number;
  /** Microseconds, as the four below it. */
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuRealtimePeriod?: number;
  readonly cpuRealtimeRuntime?: number;
  /** `0-3` or `0,1`. */
  readonly cpuset?: string;
  readonly blockIo?: BlockIo;
}

export interface Device {
  readonly source: string;
  readonly target: string;
  /** Of `rwm`. */
  readonly permissions: string;
}

/** Devices by what they can do, GPUs for one. */
export interface DeviceRequest {
  readonly driver?: string;
  /** -1 is all; undefined with `ids`. */
  readonly count?: number;
  readonly ids?: readonly string[];
  readonly capabilities: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
}

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** Per device path, in bytes or operations a second. */
export interface BlockIo {
  readonly weight?: number;
  readonly weightDevice?: readonly DeviceValue[];
  readonly readBytes?: readonly DeviceValue[];
  readonly readOperations?: readonly DeviceValue[];
  readonly writeBytes?: readonly DeviceValue[];
  readonly writeOperations?: readonly DeviceValue[];
}

export interface DeviceValue {
  readonly path: string;
  readonly value: number;
}
