import type { Mount } from '../model/networks-and-volumes.ts';
import { bindKeys, mountKeys, tmpfsKeys, volumeMountKeys } from './compose-nested-keys.ts';
import { absolute, parseMode } from './container-path.ts';
import { boolean, type Cursor, fail, oneOf, parsed, quote, string } from './reader.ts';
import { type Fields, fields, list, oneOrMany, present } from './reader-collections.ts';
import { size } from './service-resources.ts';
import { readTmpfs } from './service-tmpfs.ts';

/** The engine's name of a volume declared under `volumes:`. */
export type VolumeNames = (key: string) => string | undefined;

/** `volumes:` and `tmpfs:` of a service. */
export function readMounts(found: Fields, volumeName: VolumeNames): readonly Mount[] {
  const volumes =
    found.read(
      'volumes',
      list((at) => readMount(at, volumeName)),
    ) ?? [];
  const mounts = [...volumes, ...(found.read('tmpfs', oneOrMany(readTmpfs)) ?? [])];
  const targets = mounts.map((mount) => mount.target);
  const twice = targets.find((target, index) => targets.indexOf(target) !== index);
  if (twice !== undefined) fail(found.get('volumes') ?? found.at, `mounts ${twice} twice`);
  return mounts;
}

const readMount = (at: Cursor, volumeName: VolumeNames): Mount | undefined =>
  at.value.kind === 'map' ? readLongMount(at, volumeName) : readShortMount(at, volumeName);

function readShortMount(at: Cursor, volumeName: VolumeNames): Mount | undefined {
  const text = string(at);
  if (text === undefined) return undefined;
  const [first = '', second, modes, ...more] = text.split(':');
  if (more.length > 0) return fail(at, `must be [SOURCE:]TARGET[:ro], not ${quote(text)}`);
  const target = absolute(at, second ?? first);
  const options = modes === undefined ? {} : readModes(at, modes);
  const source = second === undefined ? ({ type: 'volume' } as const) : mountSource(at, first, volumeName);
  if (target === undefined || options === undefined || source === undefined) return undefined;
  if (source.type === 'bind' && options.noCopy) return fail(at, 'has the mode nocopy, which is for volumes');
  if (source.type === 'volume' && options.propagation)
    return fail(at, `has the mode ${options.propagation}, which is for paths of the host`);
  return mount({ target, ...source, ...options });
}

const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'] as const;

/** `ro,z`: what follows the second colon. */
function readModes(at: Cursor, text: string): Partial<Mount> | undefined {
  const found: { -readonly [K in keyof Mount]?: Mount[K] } = {};
  for (const mode of text.split(',')) {
    const propagation = propagations.find((word) => word === mode);
    if (propagation !== undefined) found.propagation = propagation;
    else if (mode === 'ro') found.readOnly = true;
    else if (mode === 'z' || mode === 'Z') found.selinux = mode;
    else if (mode === 'nocopy') found.noCopy = true;
    else if (!['rw', 'cached', 'delegated', 'consistent'].includes(mode)) {
      return fail(at, `has the mode ${quote(mode)}; ro, rw, z, Z, nocopy and ${propagations.join(', ')} are carried out`);
    }
  }
  return found;
}

/** A source without a type: a path of the host, or a declared volume. */
function mountSource(at: Cursor, source: string, volumeName: VolumeNames): Pick<Mount, 'type' | 'source'> | undefined {
  if (source.startsWith('/')) return { type: 'bind', source };
  if (/^[.~]/.test(source) || source.includes('/')) return refuseRelative(at, source);
  const name = volumeName(source);
  return name === undefined ? fail(at, `names the volume ${quote(source)}, which is not under volumes:`) : { type: 'volume', source: name };
}

const refuseRelative = (at: Cursor, source: string): undefined =>
  fail(at, `binds ${quote(source)}, which is not on the host: a file of the repository reaches a container by configs:`);

function readLongMount(at: Cursor, volumeName: VolumeNames): Mount | undefined {
  const found = fields(at, mountKeys);
  const type = found?.require('type', oneOf('volume', 'bind', 'tmpfs'));
  const target = found?.require('target', (cursor) => absolute(cursor, string(cursor)));
  const source = found?.read('source', string);
  const options = found && readLongOptions(found);
  if (found === undefined || type === undefined || target === undefined) return undefined;
  for (const other of ['volume', 'bind', 'tmpfs']) {
    if (other !== type && found.get(other) !== undefined) return fail(at, `has ${other}: options, but its type is ${type}`);
  }
  const common = { target, readOnly: found.read('read_only', boolean) ?? false, ...options };
  if (type === 'tmpfs') return source === undefined ? mount({ type, ...common }) : fail(at, 'is a tmpfs and has no source');
  if (type === 'volume' && source === undefined) return mount({ type, ...common });
  if (source === undefined) return fail(at, 'needs source');
  if (type === 'bind' && !source.startsWith('/')) return refuseRelative(at, source);
  const named = type === 'bind' ? { source } : mountSource(at, source.replace(/^\//, './'), volumeName);
  return named && mount({ type, ...common, ...named });
}

function readLongOptions(found: Fields): Partial<Mount> {
  const bind = found.read('bind', (at) => fields(at, bindKeys));
  const volume = found.read('volume', (at) => fields(at, volumeMountKeys));
  const tmpfs = found.read('tmpfs', (at) => fields(at, tmpfsKeys));
  return present({
    tmpfsSizeBytes: tmpfs?.read('size', size),
    tmpfsMode: tmpfs?.read('mode', parsed(parseMode, 'an octal mode, for example 01777')),
    propagation: bind?.read('propagation', oneOf(...propagations)),
    selinux: bind?.read('selinux', oneOf('z', 'Z')),
    createHostPath: bind?.read('create_host_path', boolean) === false ? (false as const) : undefined,
    noCopy: volume?.read('nocopy', boolean) || undefined,
    subpath: volume?.read('subpath', inside),
  });
}

/** A path below a volume's root. */
const inside = parsed(
  (text) => (text !== '' && !text.startsWith('/') && !text.split('/').includes('..') && !text.includes('\0') ? text : undefined),
  'a path within the volume',
);

/** A mount with what is not said of it. */
function mount(given: Partial<Mount> & Pick<Mount, 'type' | 'target'>): Mount {
  return { source: undefined, readOnly: false, tmpfsSizeBytes: undefined, tmpfsMode: undefined, ...given };
}
