import type { ContainerSpec, NetworkAttachment, Port } from '../model/application.ts';
import { composePort, composeServiceNetwork } from './compose-keys.ts';
import { type Cursor, fail, integer, isNull, oneOf, quote, type Reader, scalar, string } from './reader.ts';
import { entries, type Fields, fields, list, record } from './reader-collections.ts';

/** `[ip:][published:]target[/protocol]` with ranges, or the long form. */
export const readPorts: Reader<readonly Port[]> = (at) => list(readPort)(at)?.flat();

const readPort: Reader<readonly Port[]> = (at) => (at.value.kind === 'map' ? readLongPort(at) : readShortPort(at));

const readShortPort: Reader<readonly Port[]> = (at) => {
  const text = scalar(at)?.text;
  if (text === undefined) return undefined;
  const match = /^(?:(?:(\[[0-9a-fA-F:.]+\]|[0-9.]+):)?([0-9-]*):)?([0-9-]+)(?:\/([a-z]+))?$/.exec(text);
  if (match === null) return fail(at, `must be [IP:][PUBLISHED:]TARGET[/PROTOCOL], not ${quote(text)}`);
  const [, ip, published, target, protocol = 'tcp'] = match;
  return spread(at, { ip: ip?.replace(/^\[|\]$/g, ''), published: published || undefined, target: target ?? '', protocol });
};

const readLongPort: Reader<readonly Port[]> = (at) => {
  const found = fields(at, { known: ['target', 'published', 'host_ip', 'protocol'], compose: composePort });
  const target = found?.require('target', integer(1, 65535));
  if (found === undefined || target === undefined) return undefined;
  return spread(at, {
    ip: found.read('host_ip', string),
    published: found.read('published', (cursor) => scalar(cursor)?.text),
    target: String(target),
    protocol: found.read('protocol', string) ?? 'tcp',
  });
};

interface WrittenPort {
  readonly ip: string | undefined;
  readonly published: string | undefined;
  readonly target: string;
  readonly protocol: string;
}

function spread(at: Cursor, { ip, published, target, protocol }: WrittenPort): readonly Port[] | undefined {
  if (protocol !== 'tcp' && protocol !== 'udp') return fail(at, `has the protocol ${quote(protocol)}; tcp and udp are carried out`);
  const targets = range(target);
  const hosts = published === undefined ? undefined : range(published);
  if (targets === undefined) return fail(at, `has ${quote(target)} where a port or a range from 1 to 65535 belongs`);
  if (published === undefined) return targets.map((port) => ({ target: port, protocol, published: undefined, hostIp: ip }));
  if (hosts === undefined) return fail(at, `has ${quote(published)} where a port or a range from 1 to 65535 belongs`);
  if (hosts.length !== targets.length) return fail(at, 'has ranges of different lengths; to have one chosen, leave out the published port');
  return targets.map((port, index) => ({ target: port, protocol, published: hosts[index], hostIp: ip }));
}

function range(text: string): readonly number[] | undefined {
  const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!(first >= 1 && last <= 65535 && first <= last)) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** `8080`, `53/udp`, `3000-3002`, each as `PORT/PROTOCOL`. */
export const readExpose: Reader<readonly string[]> = (at) =>
  list((item) => {
    const text = scalar(item)?.text;
    const [, ports = '', protocol = 'tcp'] = /^([0-9-]+)(?:\/(tcp|udp))?$/.exec(text ?? '') ?? [];
    if (text === undefined) return undefined;
    return range(ports)?.map((port) => `${port}/${protocol}`) ?? fail(item, `must be PORT[/PROTOCOL], not ${quote(text)}`);
  })(at)?.flat();

export interface DeclaredNetworks {
  /** The engine's name of a network declared under `networks:`, or of `default`. */
  engineName(key: string): string | undefined;
  readonly names: readonly string[];
}

/** Where a service is attached; a service is known by its own name on each of its networks. */
export function readNetworks(service: string, found: Fields, declared: DeclaredNetworks): Pick<ContainerSpec, 'networks' | 'networkMode'> {
  const networkMode = found.read('network_mode', oneOf('host', 'none'));
  const at = found.get('networks');
  if (found.get('network_mode') !== undefined) {
    if (at !== undefined) fail(at, 'cannot stand beside network_mode');
    const ports = found.get('ports');
    if (ports !== undefined && networkMode !== undefined) fail(ports, `cannot be published with network_mode: ${networkMode}`);
    return { networks: [], networkMode };
  }
  const written = at === undefined ? [{ key: 'default', aliases: [] }] : readAttachments(at, declared);
  const networks: NetworkAttachment[] = [];
  for (const { key, aliases } of written) {
    const name = declared.engineName(key);
    if (name !== undefined) networks.push({ name, aliases: [...new Set([service, ...aliases])] });
  }
  return { networks, networkMode: undefined };
}

interface Attachment {
  readonly key: string;
  readonly aliases: readonly string[];
}

function readAttachments(at: Cursor, declared: DeclaredNetworks): readonly Attachment[] {
  const known = (cursor: Cursor, key: string): boolean =>
    declared.engineName(key) !== undefined || (fail(cursor, `names the network ${quote(key)}, which is not under networks:`) ?? false);
  if (at.value.kind === 'list') {
    const keys = list((item) => {
      const key = string(item);
      return key !== undefined && known(item, key) ? key : undefined;
    })(at);
    return [...new Set(keys)].sort().map((key) => ({ key, aliases: [] }));
  }
  return entries(at)
    .filter((entry) => known(entry, entry.key))
    .map((entry) => ({ key: entry.key, aliases: isNull(entry) ? [] : (readAliases(entry) ?? []) }));
}

const readAliases: Reader<readonly string[]> = (at) =>
  fields(at, { known: ['aliases'], compose: composeServiceNetwork })?.read('aliases', list(string));

/** `name:address` items, or a mapping of names to one or several addresses. */
export const readExtraHosts: Reader<readonly string[]> = (at) => {
  if (at.value.kind === 'map') {
    const pairs = entries(at).map((entry) => [entry.key, addresses(entry)] as const);
    return Object.entries(record(pairs)).flatMap(([name, found]) => found.map((address) => `${name}:${address}`));
  }
  return list((item) => {
    const text = string(item);
    const [, name, address] = /^([^:=\s]+)[:=](.+)$/.exec(text ?? '') ?? [];
    if (text === undefined) return undefined;
    return name === undefined ? fail(item, `must be NAME:ADDRESS, not ${quote(text)}`) : `${name}:${address?.replace(/^\[|\]$/g, '')}`;
  })(at);
};

const addresses: Reader<readonly string[]> = (at) => (at.value.kind === 'list' ? list(string)(at) : [string(at) ?? '']);
