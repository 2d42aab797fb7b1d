import type { ContainerCreateOptions } from '../docker/engine.ts';
import type { ContainerSpec, Healthcheck } from '../model/application.ts';
import type { NetworkAttachment } from '../model/networks-and-volumes.ts';
import type { ContainerToCreate } from '../model/step.ts';
import { containerConfig, hostOptions } from './host-options.ts';
import { mountOptions } from './mount-options.ts';
import { endpoint } from './network-options.ts';

type HostConfig = NonNullable<ContainerCreateOptions['HostConfig']>;

/** What the engine is asked for; further networks than the first are connected afterwards, for engines before 25 take one only. */
export function createOptions(container: ContainerToCreate, name: string, imageId: string): ContainerCreateOptions {
  const { spec } = container;
  const [first] = networkAttachments(container);
  return {
    ...containerConfig(spec),
    name,
    Image: imageId,
    Labels: { ...container.labels },
    Env: Object.entries(spec.environment).map(([key, value]) => `${key}=${value}`),
    ExposedPorts: Object.fromEntries(exposedPorts(spec).map((port) => [port, {}])),
    HostConfig: hostConfig(spec),
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.user !== undefined && { User: spec.user }),
    ...(spec.workingDir !== undefined && { WorkingDir: spec.workingDir }),
    ...(spec.hostname !== undefined && { Hostname: spec.hostname }),
    ...(spec.stopSignal !== undefined && { StopSignal: spec.stopSignal }),
    ...(spec.stopGracePeriodMs !== undefined && { StopTimeout: Math.ceil(spec.stopGracePeriodMs / 1000) }),
    ...(spec.healthcheck && { Healthcheck: healthcheck(spec.healthcheck) }),
    ...(first && { NetworkingConfig: { EndpointsConfig: { [first.name]: endpoint(first) } } }),
  };
}

/** The networks in the declared order, each with the service's name among its aliases. */
export function networkAttachments(container: ContainerToCreate): NetworkAttachment[] {
  const service = container.labels['windlass.service'];
  return container.spec.networks.map(({ aliases, ...network }) => ({
    ...network,
    // The engine refuses aliases on its default network.
    aliases: network.name === 'bridge' ? [] : [...new Set([...(service === undefined ? [] : [service]), ...aliases])],
  }));
}

function hostConfig(spec: ContainerSpec): HostConfig {
  const networkMode = spec.networkMode ?? spec.networks[0]?.name;
  return {
    PortBindings: portBindings(spec),
    ...mountOptions(spec.mounts),
    ...hostOptions(spec),
    RestartPolicy: restartPolicy(spec.restart),
    ReadonlyRootfs: spec.readOnly,
    CapAdd: [...spec.capAdd],
    CapDrop: [...spec.capDrop],
    SecurityOpt: [...spec.securityOpt],
    ExtraHosts: [...spec.extraHosts],
    ...(networkMode !== undefined && { NetworkMode: networkMode }),
    ...(spec.init !== undefined && { Init: spec.init }),
    // Without a type the engine takes its default driver and these options.
    ...(spec.logging && { LogConfig: { Type: spec.logging.driver ?? '', Config: { ...spec.logging.options } } }),
    ...(spec.cpus !== undefined && { NanoCpus: Math.round(spec.cpus * 1e9) }),
    ...(spec.memoryBytes !== undefined && { Memory: spec.memoryBytes }),
  };
}

function exposedPorts(spec: ContainerSpec): string[] {
  const published = spec.ports.map(({ target, protocol }) => `${target}/${protocol}`);
  return [...new Set([...published, ...spec.expose.flatMap(portsOf)])];
}

/** `80`, `53/udp` or `3000-3005` as single ports with their protocol. */
function portsOf(text: string): string[] {
  const [range = '', protocol = 'tcp'] = text.split('/');
  const [first = 0, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}

function portBindings(spec: ContainerSpec): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { target, protocol, published, hostIp } of spec.ports) {
    const key = `${target}/${protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp: hostIp ?? '', HostPort: published === undefined ? '' : String(published) }];
  }
  return bindings;
}

function restartPolicy(restart: string): { Name: string; MaximumRetryCount?: number } {
  const [name = 'no', retries] = restart.split(':');
  return { Name: name, ...(retries !== undefined && { MaximumRetryCount: Number(retries) }) };
}

function healthcheck({
  test,
  intervalMs,
  timeoutMs,
  startPeriodMs,
  retries,
  startIntervalMs,
}: Healthcheck): NonNullable<ContainerCreateOptions['Healthcheck']> {
  return {
    Test: [...test],
    ...(intervalMs !== undefined && { Interval: nanoseconds(intervalMs) }),
    ...(timeoutMs !== undefined && { Timeout: nanoseconds(timeoutMs) }),
    ...(startPeriodMs !== undefined && { StartPeriod: nanoseconds(startPeriodMs) }),
    ...(retries !== undefined && { Retries: retries }),
    ...(startIntervalMs !== undefined && { StartInterval: nanoseconds(startIntervalMs) }),
  };
}

const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * 1e6);
