/** A network that the services of an application share, on each of their hosts. */
export interface Network {
  /** The engine's name: `<environment>-<app>_<key>` unless the file says otherwise. */
  readonly name: string;
  readonly driver: string | undefined;
  readonly internal: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Not made by windlass, only used. */
  readonly external: boolean;
  readonly driverOptions?: Readonly<Record<string, string>>;
  readonly attachable?: boolean;
  readonly ipv6?: boolean;
  readonly ipam?: Ipam;
}

/** How a network's addresses are given out. */
export interface Ipam {
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly config?: readonly Subnet[];
}

export interface Subnet {
  readonly subnet?: string;
  readonly ipRange?: string;
  readonly gateway?: string;
  readonly auxAddresses?: Readonly<Record<string, string>>;
}

/** A volume of an application, on each host that has a container with it. */
export interface Volume {
  readonly name: string;
  readonly driver: string | undefined;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly external: boolean;
}

/** What stands at a path of a container. */
export interface Mount {
  readonly type: 'volume' | 'bind' | 'tmpfs';
  /** The engine's volume name or the host's path; undefined for tmpfs and anonymous volumes. */
  readonly source: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
  readonly tmpfsSizeBytes: number | undefined;
  readonly tmpfsMode: number | undefined;
  /** The kernel's further words for a tmpfs. */
  readonly tmpfsOptions?: readonly string[];
  /** Of a path of the host. */
  readonly propagation?: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave';
  readonly selinux?: 'z' | 'Z';
  /** A path that the host lacks is made, unless this says otherwise. */
  readonly createHostPath?: false;
  /** What the image has at the target is not copied into a new volume. */
  readonly noCopy?: boolean;
  /** The part of the volume that is mounted. */
  readonly subpath?: string;
}

/** A container's place on a network. */
export interface NetworkAttachment {
  /** The engine's name. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly linkLocalIps?: readonly string[];
  readonly macAddress?: string;
  readonly driverOptions?: Readonly<Record<string, string>>;
}
