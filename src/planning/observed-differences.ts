import type { ContainerSpec, Healthcheck, Port } from '../model/application.ts';
import type { ContainerOptions } from '../model/container-options.ts';
import type { Mount } from '../model/networks-and-volumes.ts';
import { hashedValue, type ImageDefaults, type ObservedContainer } from '../model/observed.ts';

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
  return [...compared, ...optionDifferences(declared), ...observed.beyond.map((setting) => `${setting} → not declared`)];
}

/** What is seldom said is not looked for in what runs: a container that may lack it is not kept. */
function optionDifferences({ spec }: Declared): readonly string[] {
  const options = Object.entries(spec).filter(([key, value]) => !Object.hasOwn(comparisons, key) && value !== undefined);
  return options.map(([key]) => `${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}: not known → declared`);
}

type Comparison = (declared: Declared, observed: ObservedContainer) => string | undefined;

/** Each part of a spec; a part that comes to a declaration must come here too, or an adopted container would be kept that lacks it. */
const comparisons: Readonly<Record<Exclude<keyof ContainerSpec, keyof ContainerOptions>, Comparison>> = {
  command: ({ spec }, { spec: is, image }) => changed(is.command, spec.command ?? (spec.entrypoint ? undefined : image.command)),
  entrypoint: ({ spec }, { spec: is, image }) => changed(is.entrypoint, spec.entrypoint ?? image.entrypoint),
  environment: environmentDifference,
  labels: labelDifference,
  ports: ({ spec }, { spec: is }) => changed(sorted(is.ports.map(portText)), sorted(spec.ports.map(portText))),
  expose: ({ spec }, { spec: is, image }) => changed(exposed(is, undefined), exposed(spec, image)),
  mounts: mountDifference,
  networks: networkDifference,
  networkMode: ({ spec }, { spec: is }) => changed(is.networkMode, spec.networkMode),
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
  securityOpt: ({ spec }, { spec: is }) => changed(sorted(is.securityOpt.map(option)), sorted(spec.securityOpt.map(option))),
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

function changed(is: unknown, shouldBe: unknown): string | undefined {
  const [before, after] = [text(is), text(shouldBe)];
  return before === after ? undefined : `${shortened(before)} → ${shortened(after)}`;
}

const text = (value: unknown): string => {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
const shortened = (words: string): string => (words.length > 120 ? `${words.slice(0, 117)}...` : words);
const sorted = (list: readonly string[]): readonly string[] => [...new Set(list)].sort();

/** By name alone: the values may be secrets. */
function environmentDifference({ spec }: Declared, { spec: is, image }: ObservedContainer): string | undefined {
  const declared = Object.entries(spec.environment).map(([key, value]) => [key, hashedValue(value)] as const);
  return mapDifference(is.environment, { ...image.environment, ...Object.fromEntries(declared) });
}

function labelDifference({ spec }: Declared, { spec: is, image }: ObservedContainer): string | undefined {
  const own = Object.entries(is.labels).filter(([key]) => !/^(com\.docker\.compose|windlass|desktop\.docker\.io)\./.test(key));
  return mapDifference(Object.fromEntries(own), { ...image.labels, ...spec.labels });
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
  const options = [...tmpfsOptions, propagation, selinux, subpath === undefined ? undefined : `of ${subpath}`, mount.noCopy && 'nocopy'];
  const what = type === 'tmpfs' ? `a tmpfs${size ? ` of ${size} bytes` : ''}${mode ? ` with mode ${mode.toString(8)}` : ''}` : '';
  const from = type === 'volume' ? (source === undefined ? anonymous : `volume ${source}`) : source?.replace(/(.)\/+$/, '$1');
  return [`${what || from}${readOnly ? ' (read-only)' : ''}`, ...options.filter((option) => option)].join(' ');
}

/** Names beyond the declared ones do no harm, and Compose gives some of its own. */
function networkDifference({ service, spec }: Declared, { spec: is }: ObservedContainer): string | undefined {
  const names = changed(sorted(is.networks.map(({ name }) => name)), sorted(spec.networks.map(({ name }) => name)));
  if (names !== undefined) return names;
  const missing = spec.networks.flatMap(({ name, aliases }) => {
    const there = is.networks.find((network) => network.name === name)?.aliases ?? [];
    const wanted = name === 'bridge' ? [] : [service, ...aliases];
    return wanted.filter((alias) => !there.includes(alias)).map((alias) => `${alias} is no alias in ${name}`);
  });
  const ofItsOwn = spec.networks.flatMap(({ name, aliases: _, ...settings }) =>
    Object.keys(settings).length > 0 ? [`its settings in ${name} are not known`] : [],
  );
  const told = [...missing, ...ofItsOwn];
  return told.length === 0 ? undefined : told.join(', ');
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
