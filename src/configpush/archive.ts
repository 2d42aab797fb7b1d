import type { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { WindlassError } from '../errors.ts';

/** A file for or from a container: an absolute path, its bytes, and who may do what. */
export interface ArchivedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * An uncompressed tar of files alone: an entry for a folder would change the mode and owner of one that is there. Missing ones are
 * made by the engine.
 */
export function tarOf(files: readonly ArchivedFile[], mtime = new Date()): Readable {
  const tar = pack();
  for (const { path, bytes, mode, uid, gid } of files) {
    tar.entry({ name: path.replace(/^\/+/, ''), mode, uid, gid, mtime }, Buffer.from(bytes));
  }
  tar.finalize();
  return tar as unknown as Readable;
}

/** The first regular file of a tar; undefined where there is none. One over `most` bytes (1 MiB) is an `install` error. */
export async function readTarEntry(archive: Readable, most = 1_048_576): Promise<ArchivedFile | undefined> {
  const tar = archive.pipe(extract());
  archive.on('error', (error) => tar.destroy(error));
  try {
    for await (const entry of tar) {
      const { name, type, size = 0, mode = 0o644, uid = 0, gid = 0 } = entry.header;
      if (type !== 'file' && type !== 'contiguous-file') {
        entry.resume();
        continue;
      }
      if (size > most) throw new WindlassError('install', `${name} is larger than ${most} bytes`);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      return { path: `/${name}`, bytes: Buffer.concat(chunks), mode: mode & 0o7777, uid, gid };
    }
    return undefined;
  } finally {
    archive.destroy();
  }
}
