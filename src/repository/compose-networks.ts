import type { Network, Volume } from '../model/application.ts';
import { composeNetwork, composeVolume } from './compose-keys.ts';
import { boolean, type Cursor, fail, isNull, quote, type Reader, string } from './reader.ts';
import { entries, type Fields, fields, type NamedCursor, stringMap } from './reader-collections.ts';
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
  const known = ['name', 'driver', 'internal', 'labels', 'external'];
  const found = isNull(at) ? undefined : fields(at, { known, compose: composeNetwork });
  const { name, external } = readName(at, found, ownName);
  return {
    name,
    external,
    driver: found?.read('driver', string),
    internal: found?.read('internal', boolean) ?? false,
    labels: found?.read('labels', readLabels) ?? {},
  };
}

/** The top-level `volumes:` by key. */
export function readVolumeDeclarations(at: Cursor | undefined, prefix: string): ReadonlyMap<string, Volume> {
  return new Map(entries(at).map((entry) => [entry.key, readVolume(entry, `${prefix}_${entry.key}`)]));
}

function readVolume(at: NamedCursor, ownName: string): Volume {
  const known = ['name', 'driver', 'driver_opts', 'labels', 'external'];
  const found = isNull(at) ? undefined : fields(at, { known, compose: composeVolume });
  const { name, external } = readName(at, found, ownName);
  return {
    name,
    external,
    driver: found?.read('driver', string),
    driverOptions: found?.read('driver_opts', stringMap) ?? {},
    labels: found?.read('labels', readLabels) ?? {},
  };
}

function readName(at: NamedCursor, found: Fields | undefined, ownName: string): { readonly name: string; readonly external: boolean } {
  const external = found?.read('external', boolean) ?? false;
  const name = found?.read('name', checkedName) ?? (external ? at.key : ownName);
  if (!engineName.test(name)) fail(at, `is called ${quote(name)}, which the engine does not take as a name`, at.keyPlace);
  const others = ['driver', 'driver_opts', 'internal', 'labels'].filter((key) => found?.get(key) !== undefined);
  if (external && others.length > 0) fail(at, `is external and cannot have ${others.join(', ')}`);
  return { name, external };
}

const checkedName: Reader<string> = (at) => {
  const name = string(at);
  return name === undefined || engineName.test(name) ? name : fail(at, `must be a name that the engine takes, not ${quote(name)}`);
};
