import type { Mount } from '../model/application.ts';
import { composeMount } from './compose-keys.ts';
import { parseBytes } from './quantities.ts';
import { boolean, type Cursor, fail, oneOf, parsed, quote, type Reader, string } from './reader.ts';
import { type Fields, fields, list, oneOrMany } from './reader-collections.ts';

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
  const [first = '', second, mode, ...more] = text.split(':');
  if (more.length > 0) return fail(at, `must be [SOURCE:]TARGET[:ro], not ${quote(text)}`);
  if (mode !== undefined && mode !== 'ro' && mode !== 'rw') return fail(at, `has the mode ${quote(mode)}; ro and rw are carried out`);
  const target = absolute(at, second ?? first);
  if (target === undefined) return undefined;
  const source = second === undefined ? {} : mountSource(at, first, volumeName);
  return source && mount({ type: 'volume', target, readOnly: mode === 'ro', ...source });
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
  const found = fields(at, { known: ['type', 'source', 'target', 'read_only', 'tmpfs'], compose: composeMount });
  if (found === undefined) return undefined;
  const type = found.require('type', oneOf('volume', 'bind', 'tmpfs'));
  const target = found.require('target', (cursor) => absolute(cursor, string(cursor)));
  const source = found.read('source', string);
  const options = found.read('tmpfs', (cursor) => fields(cursor, { known: ['size', 'mode'] }));
  if (type === undefined || target === undefined) return undefined;
  const common = {
    target,
    readOnly: found.read('read_only', boolean) ?? false,
    tmpfsSizeBytes: options?.read('size', parsed(parseBytes, 'a size, for example 64m')),
    tmpfsMode: options?.read('mode', parsed(parseMode, 'an octal mode, for example 01777')),
  };
  if (type !== 'tmpfs' && options !== undefined) return fail(at, `has tmpfs: options, but its type is ${type}`);
  if (type === 'tmpfs') return source === undefined ? mount({ type, ...common }) : fail(at, 'is a tmpfs and has no source');
  if (type === 'volume' && source === undefined) return mount({ type, ...common });
  if (source === undefined) return fail(at, 'needs source');
  if (type === 'bind' && !source.startsWith('/')) return refuseRelative(at, source);
  const named = type === 'bind' ? { source } : mountSource(at, source.replace(/^\//, './'), volumeName);
  return named && mount({ type, ...common, ...named });
}

/** `/run` or `/run:size=64m,mode=1777`. */
const readTmpfs: Reader<Mount> = (at) => {
  const text = string(at);
  if (text === undefined) return undefined;
  const [path = '', options] = text.split(/:(.*)/s);
  const target = absolute(at, path);
  const values = new Map<string, string>();
  for (const option of options?.split(',') ?? []) {
    const [key = '', value = ''] = option.split('=');
    if (key !== 'size' && key !== 'mode') return fail(at, `has the option ${quote(option)}; size= and mode= are carried out`);
    values.set(key, value);
  }
  const tmpfsSizeBytes = parseBytes(values.get('size') ?? '0');
  const tmpfsMode = parseMode(values.get('mode') ?? '0');
  if (tmpfsSizeBytes === undefined || tmpfsMode === undefined) return fail(at, `has options that cannot be read in ${quote(text)}`);
  if (target === undefined) return undefined;
  return mount({
    type: 'tmpfs',
    target,
    ...(values.has('size') && { tmpfsSizeBytes }),
    ...(values.has('mode') && { tmpfsMode }),
  });
};

/** Octal digits, with or without `0` or `0o` before them. */
export function parseMode(text: string): number | undefined {
  return /^(?:0o)?[0-7]{1,5}$/.test(text) ? Number.parseInt(text.replace(/^0o/, ''), 8) : undefined;
}

/** An absolute path in the container, without `.`, `..` or a slash at its end. */
export function absolute(at: Cursor, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (!path.startsWith('/') || parts.includes('..') || path.includes('\0')) {
    return fail(at, `must be an absolute path in the container, not ${quote(path)}`);
  }
  return `/${parts.join('/')}`;
}

function mount(given: Partial<Mount> & Pick<Mount, 'type' | 'target'>): Mount {
  return { source: undefined, readOnly: false, tmpfsSizeBytes: undefined, tmpfsMode: undefined, ...given };
}
