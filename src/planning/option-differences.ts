import type { ContainerSpec } from '../model/application.ts';
import type { ContainerOptions } from '../model/container-options.ts';
import { changed } from './change-text.ts';

type Key = keyof ContainerOptions;
type Comparison = (is: ContainerSpec, shouldBe: ContainerSpec) => string | undefined;

/** Of what is seldom said of a container: `key: is → should be`, in Compose's words. */
export function optionDifferences(is: ContainerSpec, shouldBe: ContainerSpec): readonly string[] {
  return Object.entries(comparisons).flatMap(([key, compare]) => {
    const difference = compare(is, shouldBe);
    return difference === undefined
      ? []
      : [`${words[key] ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}: ${difference}`];
  });
}

/** Where nothing is declared, any of `unsaid` is the engine's own. */
function option<K extends Key>(key: K, ...unsaid: readonly ContainerOptions[K][]): Comparison {
  return ({ [key]: is }, { [key]: shouldBe }) =>
    shouldBe === undefined && unsaid.includes(is) ? undefined : changed(canonical(is), canonical(shouldBe));
}

/** A list whose order says nothing. */
const unordered =
  (key: Key): Comparison =>
  ({ [key]: is }, { [key]: shouldBe }) =>
    changed(inOrder(is), inOrder(shouldBe));

/** What an engine chooses by itself where nobody does. */
const whenDeclared =
  (key: Key): Comparison =>
  ({ [key]: is }, { [key]: shouldBe }) =>
    shouldBe === undefined ? undefined : changed(canonical(is), canonical(shouldBe));

const unlimited = -1;

const comparisons: Readonly<Record<Key, Comparison>> = {
  annotations: option('annotations'),
  blockIo: option('blockIo'),
  cgroup: whenDeclared('cgroup'),
  cgroupParent: option('cgroupParent'),
  cpuPeriod: option('cpuPeriod'),
  cpuQuota: option('cpuQuota'),
  cpuRealtimePeriod: option('cpuRealtimePeriod'),
  cpuRealtimeRuntime: option('cpuRealtimeRuntime'),
  cpuset: option('cpuset'),
  cpuShares: option('cpuShares'),
  deviceCgroupRules: unordered('deviceCgroupRules'),
  deviceRequests: unordered('deviceRequests'),
  devices: unordered('devices'),
  dns: option('dns'),
  dnsOptions: option('dnsOptions'),
  dnsSearch: option('dnsSearch'),
  domainname: option('domainname'),
  groupAdd: unordered('groupAdd'),
  ipc: option('ipc', 'private', 'shareable'),
  isolation: option('isolation', 'default'),
  macAddress: option('macAddress'),
  memoryReservationBytes: option('memoryReservationBytes'),
  // Twice the memory is the engine's own where swap is not spoken of.
  memorySwapBytes: (is, shouldBe) => option('memorySwapBytes', unlimited, 2 * (is.memoryBytes ?? 0))(is, shouldBe),
  memorySwappiness: option('memorySwappiness', unlimited),
  oomKillDisable: option('oomKillDisable'),
  oomScoreAdjust: option('oomScoreAdjust'),
  pid: option('pid'),
  pidsLimit: ({ pidsLimit: is = unlimited }, { pidsLimit: shouldBe = unlimited }) => changed(is, shouldBe),
  // `linux/amd64` is what an image of `linux/amd64/v1` is for.
  platform: ({ platform: is = 'not known' }, { platform: shouldBe }) =>
    shouldBe === undefined || `${is}/`.startsWith(`${shouldBe}/`) ? undefined : changed(is, shouldBe),
  privileged: option('privileged'),
  runtime: option('runtime', 'runc', 'io.containerd.runc.v2'),
  shmSizeBytes: option('shmSizeBytes', 64 * 1024 * 1024),
  stdinOpen: option('stdinOpen'),
  storageOptions: option('storageOptions'),
  sysctls: option('sysctls'),
  tty: option('tty'),
  ulimits: unordered('ulimits'),
  usernsMode: option('usernsMode'),
  uts: option('uts'),
};

/** Where Compose's word is another than the model's. */
const words: Readonly<Record<string, string>> = {
  blockIo: 'blkio_config',
  cpuRealtimePeriod: 'cpu_rt_period',
  cpuRealtimeRuntime: 'cpu_rt_runtime',
  deviceRequests: 'gpus',
  dnsOptions: 'dns_opt',
  memoryReservationBytes: 'mem_reservation',
  memorySwapBytes: 'memswap_limit',
  memorySwappiness: 'mem_swappiness',
  oomScoreAdjust: 'oom_score_adj',
  shmSizeBytes: 'shm_size',
  storageOptions: 'storage_opt',
};

/** Keys in one order; what is off is not said. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value === false || value === 0 ? undefined : value;
  const said = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(said.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, canonicalWithin(one)]));
}

/** A bound of 0 within a list says something. */
const canonicalWithin = (value: unknown): unknown => (value === 0 ? 0 : canonical(value));

const inOrder = (value: unknown): unknown =>
  Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : JSON.stringify(canonical(one)))).sort() : canonical(value);
