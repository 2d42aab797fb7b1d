import type { Ipam, Network, Subnet, Volume } from '../model/networks-and-volumes.ts';
import { externalKeys, ipamConfigKeys, ipamKeys, networkKeys, volumeKeys } from './compose-keys.ts';
import type { ComposeKeys } from './compose-support.ts';
import { boolean, type Cursor, fail, isNull, nonEmpty, parsed, quote, type Reader, string } from './reader.ts';
import { entries, type Fields, fields, list, type NamedCursor, present, stringMap } from './reader-collections.ts';
import { ipAddress } from './service-options.ts';
import { readLabels } from './service-process.ts';

/** What the engine takes as the name of a network or volume. */
const engineName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

/** The top-level `networks:` by key; `default` is always there. `prefix` is `<environment>-<app>`. */
export function readNetworkDeclarations(at: Cursor | undefined, prefix: string): ReadonlyMap<string, Network> {
  const declared = new Map<string, Network>();
  declared.set('default', { name: `${prefix}_default`, driver: undefined, internal: false, labels: {}, external: false });
  for (const entry of entries(at)) declared.set(entry.key, readNetwork(entry, `${prefix}_${entry.key}`));
  return declared;
}

function readNetwork(at: NamedCursor, ownName: string): Network {
  const found = isNull(at) ? undefined : fields(at, networkKeys);
  const { name, external } = readName(at, found, ownName, networkKeys);
  return {
    name,
    external,
    driver: found?.read('driver', string),
    internal: found?.read('internal', boolean) ?? false,
    labels: found?.read('labels', readLabels) ?? {},
    ...present({
      driverOptions: found?.read('driver_opts', stringMap),
      attachable: found?.read('attachable', boolean),
      ipv6: found?.read('enable_ipv6', boolean),
      ipam: found?.read('ipam', readIpam),
    }),
  };
}

const readIpam: Reader<Ipam> = (at) => {
  const found = fields(at, ipamKeys);
  return (
    found &&
    present({
      driver: found.read('driver', nonEmpty),
      options: found.read('options', stringMap),
      config: found.read('config', list(readSubnet)),
    })
  );
};

const readSubnet: Reader<Subnet> = (at) => {
  const found = fields(at, ipamConfigKeys);
  return (
    found &&
    present({
      subnet: found.read('subnet', addressRange),
      ipRange: found.read('ip_range', addressRange),
      gateway: found.read('gateway', ipAddress),
      auxAddresses: found.read('aux_addresses', stringMap),
    })
  );
};

const addressRange = parsed(
  (text) => (/^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)\/\d{1,3}$/.test(text) ? text : undefined),
  'a range of addresses, for example 172.28.0.0/16',
);

/** The top-level `volumes:` by key. */
export function readVolumeDeclarations(at: Cursor | undefined, prefix: string): ReadonlyMap<string, Volume> {
  return new Map(entries(at).map((entry) => [entry.key, readVolume(entry, `${prefix}_${entry.key}`)]));
}

function readVolume(at: NamedCursor, ownName: string): Volume {
  const found = isNull(at) ? undefined : fields(at, volumeKeys);
  const { name, external } = readName(at, found, ownName, volumeKeys);
  return {
    name,
    external,
    driver: found?.read('driver', string),
    driverOptions: found?.read('driver_opts', stringMap) ?? {},
    labels: found?.read('labels', readLabels) ?? {},
  };
}

interface Named {
  readonly name: string;
  readonly external: boolean;
}

function readName(at: NamedCursor, found: Fields | undefined, ownName: string, keys: ComposeKeys): Named {
  const { external, name: outside } = readExternal(found);
  const name = found?.read('name', checkedName) ?? outside ?? (external ? at.key : ownName);
  if (!engineName.test(name)) fail(at, `is called ${quote(name)}, which the engine does not take as a name`, at.keyPlace);
  const others = keys.known.filter((key) => key !== 'name' && key !== 'external' && found?.get(key) !== undefined);
  if (external && others.length > 0) fail(at, `is external and cannot have ${others.join(', ')}`);
  return { name, external };
}

/** `true`, or the older `{ name: … }`. */
export function readExternal(found: Fields | undefined): { readonly external: boolean; readonly name: string | undefined } {
  const at = found?.get('external');
  if (at?.value.kind !== 'map') return { external: found?.read('external', boolean) ?? false, name: undefined };
  return { external: true, name: fields(at, externalKeys)?.read('name', nonEmpty) };
}

const checkedName: Reader<string> = (at) => {
  const name = string(at);
  return name === undefined || engineName.test(name) ? name : fail(at, `must be a name that the engine takes, not ${quote(name)}`);
};
