import type { ContainerSpec } from '../model/application.ts';
import type { NetworkAttachment } from '../model/networks-and-volumes.ts';
import { attachmentKeys } from './compose-service-keys.ts';
import { type Cursor, fail, isNull, parsed, quote, type Reader, string } from './reader.ts';
import { entries, type Fields, fields, list, present, stringMap } from './reader-collections.ts';
import { ipAddress, macAddress } from './service-options.ts';

export interface DeclaredNetworks {
  /** The engine's name of a network declared under `networks:`, or of `default`. */
  engineName(key: string): string | undefined;
  readonly names: readonly string[];
}

/** Where a service is attached; it is known by its own name, and `container_name`, on each of its networks. */
export function readNetworks(service: string, found: Fields, declared: DeclaredNetworks): Pick<ContainerSpec, 'networks' | 'networkMode'> {
  const networkMode = found.read('network_mode', readMode);
  const at = found.get('networks');
  const container = found.read('container_name', readContainerName);
  if (found.get('network_mode') !== undefined) {
    if (at !== undefined) fail(at, 'cannot stand beside network_mode');
    const ports = found.get('ports');
    if (ports !== undefined && networkMode !== undefined && networkMode !== 'bridge') {
      fail(ports, `cannot be published with network_mode: ${networkMode}`);
    }
    return { networks: [], networkMode };
  }
  const written = at === undefined ? [{ key: 'default', aliases: [], priority: 0 }] : readAttachments(at, declared);
  const networks: NetworkAttachment[] = [];
  for (const { key, aliases, priority: _, ...settings } of [...written].sort((a, b) => b.priority - a.priority)) {
    const name = declared.engineName(key);
    const names = new Set([service, ...aliases, ...(container === undefined ? [] : [container])]);
    if (name !== undefined) networks.push({ name, aliases: [...names], ...settings });
  }
  return { networks, networkMode: undefined };
}

const readMode: Reader<NonNullable<ContainerSpec['networkMode']>> = (at) => {
  const mode = string(at);
  if (mode === undefined || mode === 'host' || mode === 'none' || mode === 'bridge') return mode;
  if (!/^(?:service|container):/.test(mode)) return fail(at, `must be one of bridge, host, none, not ${quote(mode)}`);
  const why = 'a container that borrows the network of another one loses it with every replacement of that';
  return fail(at, `is ${quote(mode)}: ${why}; put both on a network, where they know each other by name`);
};

const readContainerName = parsed(
  (text) => (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(text) ? text : undefined),
  'a name of letters, digits, "_", "." and "-"',
);

interface Attachment extends Omit<NetworkAttachment, 'name'> {
  readonly key: string;
  /** The highest is joined first. */
  readonly priority: number;
}

function readAttachments(at: Cursor, declared: DeclaredNetworks): readonly Attachment[] {
  const known = (cursor: Cursor, key: string): boolean =>
    declared.engineName(key) !== undefined || (fail(cursor, `names the network ${quote(key)}, which is not under networks:`) ?? false);
  if (at.value.kind === 'list') {
    const keys = list((item) => {
      const key = string(item);
      return key !== undefined && known(item, key) ? key : undefined;
    })(at);
    return [...new Set(keys)].sort().map((key) => ({ key, aliases: [], priority: 0 }));
  }
  return entries(at)
    .filter((entry) => known(entry, entry.key))
    .map((entry) => ({ key: entry.key, aliases: [], priority: 0, ...(isNull(entry) ? {} : readSettings(entry)) }));
}

const readSettings: Reader<Partial<Attachment>> = (at) => {
  const found = fields(at, attachmentKeys);
  return (
    found &&
    present({
      aliases: found.read('aliases', list(string)),
      priority: found.read('priority', whole),
      ipv4Address: found.read('ipv4_address', ipAddress),
      ipv6Address: found.read('ipv6_address', ipAddress),
      linkLocalIps: found.read('link_local_ips', list(ipAddress)),
      macAddress: found.read('mac_address', macAddress),
      driverOptions: found.read('driver_opts', stringMap),
    })
  );
};

const whole = parsed((text) => (/^-?\d{1,9}$/.test(text) ? Number(text) : undefined), 'a whole number');
