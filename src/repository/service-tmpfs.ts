import type { Mount } from '../model/networks-and-volumes.ts';
import { absolute, parseMode } from './container-path.ts';
import { parseBytes } from './quantities.ts';
import { fail, quote, type Reader, string } from './reader.ts';
import { present } from './reader-collections.ts';

/** Mount options of a tmpfs that the kernel takes beside its size and mode. */
const flags = /^(?:rw|ro|exec|noexec|suid|nosuid|dev|nodev|async|sync|atime|noatime|diratime|nodiratime|relatime|norelatime|strictatime)$/;
const settings = /^(?:uid|gid|nr_inodes|nr_blocks)=\d{1,12}[kmg]?$/;

/** `/run` or `/run:size=64m,mode=1777,noexec`. */
export const readTmpfs: Reader<Mount> = (at) => {
  const text = string(at);
  if (text === undefined) return undefined;
  const [path = '', written = ''] = text.split(/:(.*)/s);
  const target = absolute(at, path);
  const options = written === '' ? [] : written.split(',');
  const values = new Map(options.map((option) => [option.split('=')[0] ?? '', option.slice(option.indexOf('=') + 1)]));
  const tmpfsSizeBytes = parseBytes(values.get('size') ?? '0');
  const tmpfsMode = parseMode(values.get('mode') ?? '0');
  const others = options.filter((option) => !/^(?:size|mode)=/.test(option));
  const unknown = others.find((option) => !flags.test(option) && !settings.test(option));
  if (unknown !== undefined) return fail(at, `has the option ${quote(unknown)}, which is none of a tmpfs`);
  if (tmpfsSizeBytes === undefined || tmpfsMode === undefined) return fail(at, `has options that cannot be read in ${quote(text)}`);
  if (target === undefined) return undefined;
  return {
    type: 'tmpfs',
    source: undefined,
    target,
    readOnly: false,
    tmpfsSizeBytes: values.has('size') ? tmpfsSizeBytes : undefined,
    tmpfsMode: values.has('mode') ? tmpfsMode : undefined,
    ...present({ tmpfsOptions: others.length > 0 ? others : undefined }),
  };
};
