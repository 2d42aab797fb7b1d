import type { ContainerInspect, ImageInspect } from '../docker/engine.ts';
import type { ContainerSpec, Healthcheck, Port } from '../model/application.ts';
import type { Mount } from '../model/networks-and-volumes.ts';
import { hashedValue, type ImageDefaults, type ObservedContainer } from '../model/observed.ts';
import { beyondDeclarations } from './beyond-declarations.ts';

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
    spec: { ...processOf(inspect), ...hostOf(inspect), mounts: mounts.map(withoutOwnName) },
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

type FromHost = Omit<ContainerSpec, keyof FromConfig | 'hostname' | 'stopGracePeriodMs' | 'mounts'>;

function hostOf({ HostConfig: host, NetworkSettings: { Networks: networks } }: ContainerInspect): FromHost {
  const networkMode = host.NetworkMode === 'host' || host.NetworkMode === 'none' ? host.NetworkMode : undefined;
  const { Name: restart = '', MaximumRetryCount: retries = 0 } = host.RestartPolicy ?? {};
  return {
    ports: Object.entries((host.PortBindings ?? {}) as PortBindings).flatMap(([port, bindings]) => portsOf(port, bindings ?? [])),
    networks: networkMode
      ? []
      : Object.entries(networks ?? {}).map(([name, { Aliases: aliases }]) => ({ name, aliases: [...(aliases ?? [])] })),
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

function argvOf(argv: string | readonly string[] | null | undefined): readonly string[] | undefined {
  return typeof argv === 'string' ? [argv] : argv && argv.length > 0 ? [...argv] : undefined;
}

function hashedEntry(entry: string): readonly [string, string] {
  const [, key = entry, value = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
  return [key, hashedValue(value)];
}

function healthcheckOf(check: NonNullable<Config['Healthcheck']>): Healthcheck {
  const milliseconds = (nanoseconds: number | undefined) => (nanoseconds ? nanoseconds / 1e6 : undefined);
  return {
    test: check.Test ?? [],
    intervalMs: milliseconds(check.Interval),
    timeoutMs: milliseconds(check.Timeout),
    startPeriodMs: milliseconds(check.StartPeriod),
    retries: check.Retries || undefined,
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

/** Volumes and binds as they are mounted, a tmpfs as it was asked for: only there the engine tells its options. */
function mountsOf({ Mounts: mounted, HostConfig: host }: ContainerInspect): readonly Mount[] {
  const plain = { tmpfsSizeBytes: undefined, tmpfsMode: undefined };
  const named = mounted.flatMap(({ Type: type, Name: name, Source: path, Destination: target, RW: writable }): Mount[] => {
    if (type === 'volume') return [{ ...plain, type, source: name, target, readOnly: !writable }];
    return type === 'bind' ? [{ ...plain, type, source: path, target, readOnly: !writable }] : [];
  });
  const asked = (host.Mounts ?? []).flatMap(({ Type: type, Target: target, ReadOnly: readOnly, TmpfsOptions: options }): Mount[] =>
    type === 'tmpfs' ? [tmpfs(target, readOnly ?? false, options?.SizeBytes, options?.Mode)] : [],
  );
  const short = Object.entries((host.Tmpfs ?? {}) as Record<string, string>).map(([target, options]) => {
    const given = options.split(',');
    const optionOf = (key: string) => given.find((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
    return tmpfs(target, given.includes('ro'), sizeOf(optionOf('size')), Number.parseInt(optionOf('mode') ?? '', 8));
  });
  return [...named, ...asked, ...short];
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

const isAnonymous = (name: string | undefined): boolean => /^[0-9a-f]{64}$/.test(name ?? '');

const withoutOwnName = (mount: Mount): Mount =>
  mount.type === 'volume' && isAnonymous(mount.source) ? { ...mount, source: undefined } : mount;
