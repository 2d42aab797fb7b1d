import type { Port } from '../model/application.ts';
import { portKeys } from './compose-nested-keys.ts';
import { type Cursor, fail, integer, oneOf, quote, type Reader, scalar, string } from './reader.ts';
import { entries, fields, list, record } from './reader-collections.ts';

/** `[ip:][published:]target[/protocol]` with ranges, or the long form. */
export const readPorts: Reader<readonly Port[]> = (at) => bounded(at, readPort);

/** Every port of both protocols, on a few addresses: ranges multiply. */
const mostPorts = 300_000;

/** All that the items of a list mean, as long as it is not more than a container can have. */
function bounded<T>(at: Cursor, reader: Reader<readonly T[]>): readonly T[] | undefined {
  let count = 0;
  const found = list((item) => {
    const ports = count > mostPorts ? [] : reader(item);
    count += ports?.length ?? 0;
    return ports;
  })(at);
  return count > mostPorts ? fail(at, `names more than ${mostPorts} ports`) : found?.flat();
}

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
  const found = fields(at, portKeys);
  const target = found?.require('target', integer(1, 65535));
  found?.read('mode', oneOf('host', 'ingress'));
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
export const readExpose: Reader<readonly string[]> = (at) => bounded(at, readExposed);

const readExposed: Reader<readonly string[]> = (item) => {
  const text = scalar(item)?.text;
  const [, ports = '', protocol = 'tcp'] = /^([0-9-]+)(?:\/(tcp|udp))?$/.exec(text ?? '') ?? [];
  if (text === undefined) return undefined;
  return range(ports)?.map((port) => `${port}/${protocol}`) ?? fail(item, `must be PORT[/PROTOCOL], not ${quote(text)}`);
};

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
