import type { ContainerOptions } from '../model/container-options.ts';
import { boolean, fail, isNull, nonEmpty, oneOf, parsed, quote, type Reader, string } from './reader.ts';
import { entries, type Fields, list, oneOrMany, present, record } from './reader-collections.ts';
import { readPairs } from './service-process.ts';

/** What a service says of its container's surroundings: names, namespaces, kernel parameters, terminal. */
export const readOptions = (service: Fields): ContainerOptions =>
  present({
    domainname: service.read('domainname', nonEmpty),
    macAddress: service.read('mac_address', macAddress),
    dns: service.read('dns', oneOrMany(ipAddress)),
    dnsSearch: service.read('dns_search', oneOrMany(nonEmpty)),
    dnsOptions: service.read('dns_opt', list(nonEmpty)),
    groupAdd: service.read('group_add', list(nonEmpty)),
    privileged: service.read('privileged', boolean),
    sysctls: service.read('sysctls', readParameters),
    ipc: service.read('ipc', namespaceOf('host', 'private', 'shareable', 'none')),
    pid: service.read('pid', namespaceOf('host')),
    uts: service.read('uts', oneOf('host')),
    usernsMode: service.read('userns_mode', oneOf('host')),
    cgroup: service.read('cgroup', oneOf('host', 'private')),
    cgroupParent: service.read('cgroup_parent', nonEmpty),
    runtime: service.read('runtime', nonEmpty),
    isolation: service.read('isolation', oneOf('default')),
    platform: service.read('platform', platform),
    stdinOpen: service.read('stdin_open', boolean),
    tty: service.read('tty', boolean),
    annotations: service.read('annotations', readParameters),
    storageOptions: service.read('storage_opt', readParameters),
  });

/** `aa:bb:cc:dd:ee:ff`. */
export const macAddress = parsed(
  (text) => (/^[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}$/.test(text) ? text.toLowerCase().replaceAll('-', ':') : undefined),
  'a MAC address, for example 02:42:ac:11:65:43',
);

const four = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const six = /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/;

/** An IPv4 or IPv6 address. */
export const ipAddress = parsed((text) => (four.test(text) || (six.test(text) && text.length < 46) ? text : undefined), 'an IP address');

/** `linux/arm64`, `linux/arm/v7`. */
export const platform = parsed(
  (text) => (/^[a-z0-9_]+(?:\/[a-z0-9_]+){0,2}$/.test(text) ? text : undefined),
  'a platform, for example linux/arm64',
);

/** A namespace that is nobody else's but the host's. */
const namespaceOf =
  (...words: readonly string[]): Reader<string> =>
  (at) => {
    const text = string(at);
    if (text === undefined || words.includes(text)) return text;
    if (!/^(?:service|container):/.test(text)) return fail(at, `must be one of ${words.join(', ')}, not ${quote(text)}`);
    return fail(at, `is ${quote(text)}: what a container borrows from another one breaks with every replacement of that`);
  };

/** A mapping of names to text, or a list of `NAME=value`. */
const readParameters: Reader<Readonly<Record<string, string>>> = (at) =>
  at.value.kind === 'list'
    ? readPairs(at, 'has no value')
    : record(entries(at).map((entry) => [entry.key, isNull(entry) ? fail(entry, 'has no value') : string(entry)]));
