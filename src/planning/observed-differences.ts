import type { ContainerSpec, Healthcheck, Port } from '../model/application.ts';
import type { ContainerOptions } from '../model/container-options.ts';
import type { Mount, NetworkAttachment } from '../model/networks-and-volumes.ts';
import { hashedValue, type ImageDefaults, type ObservedContainer } from '../model/observed.ts';
import { changed } from './change-text.ts';
import { optionDifferences } from './option-differences.ts';

/** What a container that windlass did not make is compared with. */
export interface Declared {
  readonly service: string;
  readonly spec: ContainerSpec;
  /** Where config files go: nothing may be mounted there. */
  readonly targets: readonly string[];
}

/** Why a container of Compose's cannot stay, one sentence of `key: is → should be` each; none: windlass would make the same. */
export function observedDifferences(declared: Declared, observed: ObservedContainer): readonly string[] {
  const compared = Object.entries(comparisons).flatMap(([key, compare]) => {
    const difference = compare(declared, observed);
    return difference === undefined ? [] : [`${words[key] ?? key}: ${difference}`];
  });
  return [
    ...compared,
    ...optionDifferences(observed.spec, declared.spec),
    ...observed.beyond.map((setting) => `${setting} → not declared`),
  ];
}

type Comparison = (declared: Declared, observed: ObservedContainer) => string | undefined;

/**
 * Each part of a spec that nearly every service has. A part that comes to a declaration must come here too, or an adopted container would
 * be kept that lacks it.
 */
const comparisons: Readonly<Record<Exclude<keyof ContainerSpec, keyof ContainerOptions>, Comparison>> = {
  command: ({ spec }, { spec: is, image }) => changed(is.command, spec.command ?? (spec.entrypoint ? undefined : image.command)),
  entrypoint: ({ spec }, { spec: is, image }) => changed(is.entrypoint, spec.entrypoint ?? image.entrypoint),
  environment: environmentDifference,
  labels: labelDifference,
  ports: ({ spec }, { spec: is }) => changed(sorted(is.ports.map(portText)), sorted(spec.ports.map(portText))),
  expose: ({ spec }, { spec: is, image }) => changed(exposed(is, undefined), exposed(spec, image)),
  mounts: mountDifference,
  networks: networkDifference,
  networkMode: ({ spec }, { spec: is }) => changed(is.networkMode, spec.networkMode === 'bridge' ? undefined : spec.networkMode),
  healthcheck: ({ spec }, { spec: is, image }) => changed(healthText(is.healthcheck), healthText(effective(spec.healthcheck, image))),
  restart: ({ spec }, { spec: is }) => changed(is.restart, spec.restart),
  user: ({ spec }, { spec: is, image }) => changed(is.user, spec.user ?? image.user),
  workingDir: ({ spec }, { spec: is, image }) => changed(is.workingDir ?? '/', spec.workingDir ?? image.workingDir ?? '/'),
  // On the host's network a container has the host's name.
  hostname: ({ spec }, { spec: is }) =>
    spec.networkMode === 'host' && spec.hostname === undefined ? undefined : changed(is.hostname, spec.hostname),
  init: ({ spec }, { spec: is }) => changed(is.init ?? false, spec.init ?? false),
  readOnly: ({ spec }, { spec: is }) => changed(is.readOnly, spec.readOnly),
  stopSignal: ({ spec }, { spec: is, image }) => changed(signal(is.stopSignal), signal(spec.stopSignal ?? image.stopSignal)),
  stopGracePeriodMs: ({ spec }, { spec: is }) => graceDifference(is.stopGracePeriodMs, spec.stopGracePeriodMs),
  capAdd: ({ spec }, { spec: is }) => changed(sorted(is.capAdd.map(capability)), sorted(spec.capAdd.map(capability))),
  capDrop: ({ spec }, { spec: is }) => changed(sorted(is.capDrop.map(capability)), sorted(spec.capDrop.map(capability))),
  securityOpt: securityDifference,
  extraHosts: ({ spec }, { spec: is }) => changed(sorted(is.extraHosts.map(hostEntry)), sorted(spec.extraHosts.map(hostEntry))),
  logging: loggingDifference,
  cpus: ({ spec }, { spec: is }) => changed(is.cpus, spec.cpus),
  memoryBytes: ({ spec }, { spec: is }) => changed(is.memoryBytes, spec.memoryBytes),
};

/** Where Compose's word is another than the model's. */
const words: Readonly<Record<string, string>> = {
  mounts: 'volumes',
  networkMode: 'network_mode',
  workingDir: 'working_dir',
  readOnly: 'read_only',
  stopSignal: 'stop_signal',
  stopGracePeriodMs: 'stop_grace_period',
  capAdd: 'cap_add',
  capDrop: 'cap_drop',
  securityOpt: 'security_opt',
  extraHosts: 'extra_hosts',
  memoryBytes: 'memory',
};

const sorted = (list: readonly string[]): readonly string[] => [...new Set(list)].sort();

/** By name alone: the values may be secrets. */
function environmentDifference({ spec }: Declared, { spec: is, image }: ObservedContainer): string | undefined {
  const declared = Object.entries(spec.environment).map(([key, value]) => [key, hashedValue(value)] as const);
  return mapDifference(is.environment, { ...image.environment, ...Object.fromEntries(declared) });
}

/** Compose puts its own on the images that it builds, too. */
function labelDifference({ spec }: Declared, { spec: is, image }: ObservedContainer): string | undefined {
  const own = (labels: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(labels).filter(([key]) => !/^(com\.docker\.compose|windlass|desktop\.docker\.io)\./.test(key)));
  return mapDifference(own(is.labels), { ...own(image.labels), ...spec.labels });
}

function mapDifference(is: Readonly<Record<string, string>>, shouldBe: Readonly<Record<string, string>>): string | undefined {
  const keys = [...new Set([...Object.keys(is), ...Object.keys(shouldBe)])].sort();
  const told = keys.flatMap((key) => {
    if (is[key] === shouldBe[key]) return [];
    if (shouldBe[key] === undefined) return [`${key} is not declared`];
    return [is[key] === undefined ? `${key} is missing` : `${key} has another value`];
  });
  return told.length === 0 ? undefined : told.join(', ');
}

const portText = ({ target, protocol, published, hostIp }: Port): string =>
  `${hostIp === undefined ? '' : `${hostIp}:`}${published ?? ''}:${target}${protocol === 'tcp' ? '' : `/${protocol}`}`;

/** Ports as the engine counts them: the image's, the declared and the published ones. */
function exposed({ expose, ports }: Pick<ContainerSpec, 'expose' | 'ports'>, image: ImageDefaults | undefined): readonly string[] {
  const published = ports.map(({ target, protocol }) => `${target}/${protocol}`);
  return sorted([...expose.flatMap(portsOf), ...(image?.expose ?? []), ...published]);
}

function portsOf(given: string): readonly string[] {
  const [range = '', protocol = 'tcp'] = given.split('/');
  const [first = 0, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}

/** An image's own anonymous volumes are there either way. */
function mountDifference({ spec, targets }: Declared, { spec: is, image }: ObservedContainer): string | undefined {
  const declared = new Map(spec.mounts.map((mount) => [mount.target, mountText(mount)]));
  const there = new Map(is.mounts.map((mount) => [mount.target, mountText(mount)]));
  const ofImage = (target: string) => image.volumes.includes(target) && there.get(target) === anonymous;
  const told = [...new Set([...there.keys(), ...declared.keys()])].sort().flatMap((target) => {
    const [before, after] = [there.get(target), declared.get(target)];
    if (before === after || (after === undefined && ofImage(target))) return [];
    return [`${target} is ${before ?? 'not mounted'} → ${after ?? installedAt(target, targets)}`];
  });
  return told.length === 0 ? undefined : told.join(', ');
}

function installedAt(target: string, targets: readonly string[]): string {
  if (targets.includes(target)) return 'a config file';
  return targets.some((one) => one.startsWith(`${target}/`)) ? 'a folder of config files' : 'not mounted';
}

const anonymous = 'an anonymous volume';

function mountText(mount: Mount): string {
  const { type, source, readOnly, tmpfsSizeBytes: size, tmpfsMode: mode, tmpfsOptions = [], propagation, selinux, subpath } = mount;
  const spread = propagation === 'rprivate' ? undefined : propagation;
  const options = [...tmpfsOptions, spread, selinux, subpath === undefined ? undefined : `of ${subpath}`, mount.noCopy && 'nocopy'];
  const what = type === 'tmpfs' ? `a tmpfs${size ? ` of ${size} bytes` : ''}${mode ? ` with mode ${mode.toString(8)}` : ''}` : '';
  const from = type === 'volume' ? (source === undefined ? anonymous : `volume ${source}`) : source?.replace(/(.)\/+$/, '$1');
  return [`${what || from}${readOnly ? ' (read-only)' : ''}`, ...options.filter((option) => option)].join(' ');
}

/** Names beyond the declared ones do no harm, and Compose gives some of its own. */
function networkDifference({ service, spec }: Declared, { spec: is }: ObservedContainer): string | undefined {
  // `network_mode: bridge` is a network like any other to the engine.
  const declared = spec.networkMode === 'bridge' ? [{ name: 'bridge', aliases: [] }] : spec.networks;
  const names = changed(sorted(is.networks.map(({ name }) => name)), sorted(declared.map(({ name }) => name)));
  if (names !== undefined) return names;
  const missing = declared.flatMap(({ name, aliases }) => {
    const there = is.networks.find((network) => network.name === name)?.aliases ?? [];
    const wanted = name === 'bridge' ? [] : [service, ...aliases];
    return wanted.filter((alias) => !there.includes(alias)).map((alias) => `${alias} is no alias in ${name}`);
  });
  const settings = declared.flatMap((wanted) =>
    settingDifferences(
      is.networks.find(({ name }) => name === wanted.name),
      wanted,
    ),
  );
  const told = [...missing, ...settings];
  return told.length === 0 ? undefined : told.join(', ');
}

/** What was asked for of a container's place on a network; a MAC address is there whether or not anybody asked. */
function settingDifferences(is: NetworkAttachment | undefined, wanted: NetworkAttachment): readonly string[] {
  const said = [
    ['address', is?.ipv4Address, wanted.ipv4Address],
    ['IPv6 address', is?.ipv6Address, wanted.ipv6Address],
    ['link-local addresses', is?.linkLocalIps, wanted.linkLocalIps],
    ['MAC address', wanted.macAddress && is?.macAddress?.toLowerCase(), wanted.macAddress?.toLowerCase()],
    ['driver options', is?.driverOptions, wanted.driverOptions],
  ] as const;
  return said.flatMap(([what, before, after]) => {
    const difference = changed(before, after);
    return difference === undefined ? [] : [`${what} in ${wanted.name} ${difference}`];
  });
}

/** The engine itself adds that to whoever shares the host's processes, or may do everything. */
function securityDifference({ spec }: Declared, { spec: is }: ObservedContainer): string | undefined {
  const unconfined = is.privileged || is.pid === 'host' || is.ipc === 'host';
  const shouldBe = spec.securityOpt.map(option);
  const asked = is.securityOpt.map(option).filter((one) => !unconfined || one !== 'label=disable' || shouldBe.includes(one));
  return changed(sorted(asked), sorted(shouldBe));
}

/** What a declaration leaves out of a healthcheck is the image's. */
function effective(declared: Healthcheck | undefined, { healthcheck: own }: ImageDefaults): Healthcheck | undefined {
  if (!declared) return own;
  return {
    test: declared.test.length > 0 ? declared.test : (own?.test ?? []),
    intervalMs: declared.intervalMs ?? own?.intervalMs,
    timeoutMs: declared.timeoutMs ?? own?.timeoutMs,
    startPeriodMs: declared.startPeriodMs ?? own?.startPeriodMs,
    retries: declared.retries ?? own?.retries,
    ...(declared.startIntervalMs !== undefined && { startIntervalMs: declared.startIntervalMs }),
  };
}

function healthText(check: Healthcheck | undefined): string {
  if (!check || check.test.length === 0) return 'none';
  if (check.test[0] === 'NONE') return 'disabled';
  const times = [check.intervalMs, check.timeoutMs, check.startPeriodMs].map(seconds);
  return `${JSON.stringify(check.test)} every ${times[0]}, timeout ${times[1]}, start ${times[2]}, ${check.retries ?? 'default'} retries${check.startIntervalMs === undefined ? '' : `, first every ${seconds(check.startIntervalMs)}`}`;
}

/** Without one the engine's own holds, whatever that is: settings of its daemon.json are told as if they were the container's. */
function loggingDifference({ spec }: Declared, { spec: is }: ObservedContainer): string | undefined {
  if (!spec.logging) return undefined;
  const shown = (logging: ContainerSpec['logging'], driver: string | undefined) =>
    [driver ?? 'default', ...Object.entries(logging?.options ?? {}).map(([key, value]) => `${key}=${value}`)].sort();
  const driver = spec.logging.driver ?? is.logging?.driver;
  return changed(shown(is.logging, is.logging?.driver), shown(spec.logging, driver));
}

const seconds = (milliseconds: number | undefined): string => (milliseconds ? `${Math.ceil(milliseconds) / 1000} s` : 'default');
/** The engine counts whole seconds; Compose leaves the rest of one away, windlass adds to it. */
function graceDifference(is: number | undefined, shouldBe: number | undefined): string | undefined {
  const near = is !== undefined && shouldBe !== undefined && Math.abs(is - shouldBe) < 1000;
  return near ? undefined : changed(seconds(is), seconds(shouldBe));
}

const signal = (name: string | undefined): string => (name ?? 'SIGTERM').toUpperCase().replace(/^SIG/, '');
const capability = (name: string): string => name.toUpperCase().replace(/^CAP_/, '');
const option = (given: string): string => given.replace(/^([a-z-]+):/, '$1=');
const hostEntry = (given: string): string => given.replace('=', ':').replace(/[[\]]/g, '');
