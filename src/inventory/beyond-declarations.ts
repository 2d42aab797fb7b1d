import type { ContainerInspect } from '../docker/engine.ts';

/**
 * What a container was started with that no declaration can say, as `Privileged: true`: it would not be there if windlass made it.
 * Whatever the engine tells is looked at, so that a setting of a newer engine is not overlooked.
 */
export function beyondDeclarations({ Config, HostConfig, NetworkSettings }: ContainerInspect): readonly string[] {
  const host = said(HostConfig, declaredOfHost).filter(([key, value]) => !isDefault(key, value, HostConfig));
  const config = Object.entries(Config).filter(([key, value]) => configKeys.includes(key) && saysSomething(value));
  const addresses = Object.entries(NetworkSettings.Networks ?? {}).flatMap(([name, { IPAMConfig: asked }]) =>
    saysSomething(asked) ? [[`address in ${name}`, Object.values(asked)[0]] as const] : [],
  );
  return [...host, ...config, ...addresses].map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
}

/** Told in observed-container.ts, or the engine's own bookkeeping. */
const declaredOfHost = words(`
  Binds Mounts Tmpfs LogConfig NetworkMode PortBindings RestartPolicy ReadonlyRootfs CapAdd CapDrop SecurityOpt ExtraHosts Init NanoCpus
  Memory ContainerIDFile ConsoleSize MaskedPaths ReadonlyPaths CgroupnsMode VolumeDriver
`);
const configKeys = words('Tty OpenStdin Domainname MacAddress NetworkDisabled Shell');

/** What the engine fills in where nobody says anything. */
const defaults: Readonly<Record<string, readonly unknown[]>> = {
  IpcMode: ['private', 'shareable'],
  ShmSize: [64 * 1024 * 1024],
  Runtime: ['runc'],
  PidsLimit: [-1],
  MemorySwappiness: [-1],
  MemorySwap: [-1],
};

const isDefault = (key: string, value: unknown, host: ContainerInspect['HostConfig']): boolean =>
  (defaults[key] ?? []).includes(value) || (key === 'MemorySwap' && value === 2 * (host.Memory ?? 0));

const said = (settings: object, without: readonly string[]): readonly (readonly [string, unknown])[] =>
  Object.entries(settings).filter(([key, value]) => !without.includes(key) && saysSomething(value));

function saysSomething(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(saysSomething);
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 0;
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
