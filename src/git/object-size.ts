import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, inflateSync } from 'node:zlib';

/**
 * How many bytes an object has, told before it is read: isomorphic-git has objects in memory as a whole or not at all.
 * Undefined where it is not found, which whoever reads it then says.
 */
export type ObjectSize = (oid: string) => Promise<number | undefined>;

/** Of the objects of a Git directory with these packs (names of `pack-….idx`); their indexes are read once. */
export function createObjectSize(gitdir: string, packs: readonly string[]): ObjectSize {
  const folder = join(gitdir, 'objects', 'pack');
  const indexes = packs.map((name) => ({
    pack: join(folder, name.replace(/\.idx$/, '.pack')),
    read: once(() => readFile(join(folder, name))),
  }));
  return async (oid) => {
    const loose = await beginningOf(join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2)), 0);
    if (loose !== undefined) return Number(/^blob (\d+)\0/.exec(inflated(loose).toString('latin1'))?.[1] ?? 0);
    for (const { pack, read } of indexes) {
      const offset = offsetIn(await read(), oid);
      const entry = offset === undefined ? undefined : await beginningOf(pack, offset);
      if (entry !== undefined) return sizeOfEntry(entry);
    }
    return undefined;
  };
}

/** Enough for every header there is, behind the tables with which compressed bytes begin. */
const beginningBytes = 1024;

async function beginningOf(path: string, offset: number): Promise<Buffer | undefined> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(beginningBytes), 0, beginningBytes, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What the beginning of compressed bytes holds. */
const inflated = (bytes: Buffer): Buffer => inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });

const entries = 8 + 256 * 4;

/** Of an index of version 2: https://git-scm.com/docs/gitformat-pack */
function offsetIn(index: Buffer, oid: string): number | undefined {
  if (index.length < entries || index.readUInt32BE(0) !== 0xff744f63 || index.readUInt32BE(4) !== 2) return undefined;
  const wanted = Buffer.from(oid, 'hex');
  const upTo = (byte: number) => (byte < 0 ? 0 : index.readUInt32BE(8 + byte * 4));
  const count = upTo(255);
  let [low, high] = [upTo((wanted[0] ?? 0) - 1), upTo(wanted[0] ?? 0)];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = wanted.compare(index, entries + middle * 20, entries + middle * 20 + 20);
    if (order === 0) return offsetOf(index, middle, count);
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return undefined;
}

/** Behind the ids are checksums, then offsets of 31 bits, then those that need 63. */
function offsetOf(index: Buffer, position: number, count: number): number {
  const offset = index.readUInt32BE(entries + count * 24 + position * 4);
  return offset < 0x80000000 ? offset : Number(index.readBigUInt64BE(entries + count * 28 + (offset - 0x80000000) * 8));
}

const [offsetDelta, refDelta] = [6, 7];

/** Its own size, or of a change of another object the size of what comes out. */
function sizeOfEntry(entry: Buffer): number {
  const type = ((entry[0] ?? 0) >> 4) & 7;
  const { value, end } = varint(entry, 0, 4);
  if (type !== offsetDelta && type !== refDelta) return value;
  const delta = inflated(entry.subarray(type === refDelta ? end + 20 : varint(entry, end, 7).end));
  return varint(delta, varint(delta, 0, 7).end, 7).value;
}

/** A number in bytes whose highest bit says that more follow; the first has `firstBits` of it. */
function varint(bytes: Buffer, start: number, firstBits: number): { readonly value: number; readonly end: number } {
  let at = start;
  let value = (bytes[at] ?? 0) % 2 ** firstBits;
  for (let factor = 2 ** firstBits; (bytes[at] ?? 0) >= 0x80; factor *= 128) value += ((bytes[++at] ?? 0) % 128) * factor;
  return { value, end: at + 1 };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
