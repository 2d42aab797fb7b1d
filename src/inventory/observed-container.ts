import type { ContainerInspect, ImageInspect } from '../docker/engine.ts';
import type { ContainerSpec, Healthcheck, Port } from '../model/application.ts';
import type { ContainerOptions } from '../model/container-options.ts';
import type { NetworkAttachment } from '../model/networks-and-volumes.ts';
import { hashedValue, type ImageDefaults, type ObservedContainer } from '../model/observed.ts';
import { beyondDeclarations } from './beyond-declarations.ts';
import { isAnonymous, mountsOf, withoutOwnName } from './observed-mounts.ts';
import { observedOptions } from './observed-options.ts';

type Config = Pick<
  ContainerInspect['Config'],
  'Cmd' | 'Entrypoint' | 'Env' | 'ExposedPorts' | 'Healthcheck' | 'Labels' | 'User' | 'WorkingDir'
>;
/** What the engine says and its client's types leave out. */
type StopSettings = { readonly StopSignal?: string; readonly StopTimeout?: number | null };

/** A container as the engine tells it, back in the words of a declaration: the inverse of what creating one asks for. */
export function observedContainer(inspect: ContainerInspect, image: ImageInspect | undefined): ObservedContainer {
  const mounts = mountsOf(inspect);
  const anonymous = mounts.filter(({ type, source }) => type === 'volume' && isAnonymous(source));
  return {
    spec: { ...processOf(inspect), ...hostOf(inspect), ...observedOptions(inspect, image), mounts: mounts.map(withoutOwnName) },
    image: imageDefaults(image),
    beyond: [...beyondDeclarations(inspect)],
    anonymous: Object.fromEntries(anonymous.map(({ target, source }) => [target, source ?? ''])),
  };
}

function imageDefaults(image: ImageInspect | undefined): ImageDefaults {
  const config: (Config & StopSettings & { Volumes?: object | null }) | undefined = image?.Config;
  return { ...configOf(config ?? {}), volumes: Object.keys(config?.Volumes ?? {}) };
}

type FromConfig = Omit<ImageDefaults, 'volumes'>;

function configOf(config: Partial<Config> & StopSettings): FromConfig {
  return {
    command: argvOf(config.Cmd),
    entrypoint: argvOf(config.Entrypoint),
    environment: Object.fromEntries((config.Env ?? []).map(hashedEntry)),
    labels: { ...config.Labels },
    expose: Object.keys(config.ExposedPorts ?? {}).map((port) => (port.includes('/') ? port : `${port}/tcp`)),
    healthcheck: config.Healthcheck?.Test?.length ? healthcheckOf(config.Healthcheck) : undefined,
    user: config.User || undefined,
    workingDir: config.WorkingDir || undefined,
    stopSignal: config.StopSignal || undefined,
  };
}

function processOf(inspect: ContainerInspect): FromConfig & Pick<ContainerSpec, 'hostname' | 'stopGracePeriodMs'> {
  const config: ContainerInspect['Config'] & StopSettings = inspect.Config;
  const { StopTimeout: stopSeconds, Hostname: hostname } = config;
  return {
    ...configOf(config),
    // The engine's own choice is the beginning of the id.
    hostname: hostname === '' || inspect.Id.startsWith(hostname) ? undefined : hostname,
    stopGracePeriodMs: typeof stopSeconds === 'number' ? stopSeconds * 1000 : undefined,
  };
}

type FromHost = Omit<ContainerSpec, keyof FromConfig | keyof ContainerOptions | 'hostname' | 'stopGracePeriodMs' | 'mounts'>;

function hostOf({ HostConfig: host, NetworkSettings: { Networks: networks } }: ContainerInspect): FromHost {
  const networkMode = host.NetworkMode === 'host' || host.NetworkMode === 'none' ? host.NetworkMode : undefined;
  const { Name: restart = '', MaximumRetryCount: retries = 0 } = host.RestartPolicy ?? {};
  return {
    ports: Object.entries((host.PortBindings ?? {}) as PortBindings).flatMap(([port, bindings]) => portsOf(port, bindings ?? [])),
    networks: networkMode ? [] : Object.entries(networks ?? {}).map(attachmentOf),
    networkMode,
    restart: restart === '' ? 'no' : retries > 0 ? `${restart}:${retries}` : restart,
    init: host.Init ?? undefined,
    readOnly: host.ReadonlyRootfs ?? false,
    capAdd: [...(host.CapAdd ?? [])],
    capDrop: [...(host.CapDrop ?? [])],
    securityOpt: [...(host.SecurityOpt ?? [])],
    extraHosts: [...(host.ExtraHosts ?? [])],
    logging: host.LogConfig && { driver: host.LogConfig.Type, options: { ...host.LogConfig.Config } },
    cpus: host.NanoCpus ? host.NanoCpus / 1e9 : undefined,
    memoryBytes: host.Memory || undefined,
  };
}

/** What the client's types leave out, or say is always there. */
interface Endpoint {
  readonly Aliases?: readonly string[] | null;
  readonly IPAMConfig?: { readonly IPv4Address?: string; readonly IPv6Address?: string; readonly LinkLocalIPs?: readonly string[] } | null;
  readonly MacAddress?: string;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
}

/** With the addresses that were asked for; the MAC address is there either way. */
function attachmentOf([name, { Aliases: aliases, IPAMConfig: asked, MacAddress: mac, DriverOpts: options }]: [
  string,
  Endpoint,
]): NetworkAttachment {
  const { IPv4Address: ipv4, IPv6Address: ipv6, LinkLocalIPs: linkLocal } = asked ?? {};
  return {
    name,
    aliases: [...(aliases ?? [])],
    ...(ipv4 && { ipv4Address: ipv4 }),
    ...(ipv6 && { ipv6Address: ipv6 }),
    ...(linkLocal && linkLocal.length > 0 && { linkLocalIps: [...linkLocal] }),
    ...(mac && { macAddress: mac }),
    ...(options && Object.keys(options).length > 0 && { driverOptions: options }),
  };
}

function argvOf(argv: string | readonly string[] | null | undefined): readonly string[] | undefined {
  return typeof argv === 'string' ? [argv] : argv && argv.length > 0 ? [...argv] : undefined;
}

function hashedEntry(entry: string): readonly [string, string] {
  const [, key = entry, value = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
  return [key, hashedValue(value)];
}

function healthcheckOf(check: NonNullable<Config['Healthcheck']>): Healthcheck {
  const startIntervalMs = check.StartInterval ? check.StartInterval / 1e6 : undefined;
  const milliseconds = (nanoseconds: number | undefined) => (nanoseconds ? nanoseconds / 1e6 : undefined);
  return {
    test: check.Test ?? [],
    intervalMs: milliseconds(check.Interval),
    timeoutMs: milliseconds(check.Timeout),
    startPeriodMs: milliseconds(check.StartPeriod),
    retries: check.Retries || undefined,
    ...(startIntervalMs !== undefined && { startIntervalMs }),
  };
}

type PortBindings = Readonly<Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[] | null>>;

function portsOf(key: string, bindings: NonNullable<PortBindings[string]>): readonly Port[] {
  const [target, protocol = 'tcp'] = key.split('/');
  return bindings.map(({ HostIp: hostIp, HostPort: published }) => ({
    target: Number(target),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    published: Number(published) || undefined,
    hostIp: hostIp || undefined,
  }));
}
