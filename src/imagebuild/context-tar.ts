import { posix } from 'node:path';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import { WindlassError } from '../errors.ts';
import { ObjectTooLarge } from '../git/objects.ts';
import type { TreeEntry } from '../model/image.ts';
import { contextFiles, dockerignoreEntry, inByteOrder } from '../repository/context-files.ts';

/** A build context: a folder of a Git tree, whose Dockerfile is replaced. */
export interface BuildContext {
  /** The whole tree. */
  readonly entries: readonly TreeEntry[];
  readonly read: (oid: string) => Promise<Uint8Array>;
  /** Empty for the tree's root. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly dockerfile: string;
  readonly rewrittenDockerfile: string;
  /** Of every file; the epoch unless said otherwise. */
  readonly mtime?: Date;
}

/**
 * A context as an uncompressed tar, the same bytes for the same context. At most one file is in memory at a time.
 * Rejects, before the first byte, when the folder is not there or a symlink leaves it.
 */
export async function createContextTar(context: BuildContext): Promise<Readable> {
  const { entries, read, folder, dockerfile, rewrittenDockerfile, mtime = new Date(0) } = context;
  const ignore = dockerignoreEntry(entries, folder, dockerfile);
  const ignoreText = ignore && Buffer.from(await read(ignore.oid)).toString();
  const files = (await filesOf(entries, folder, ignoreText)).filter(({ path }) => path !== dockerfile);
  if (folder !== '' && !entries.some(({ path }) => path.startsWith(`${folder}/`))) {
    throw new WindlassError('build', `the build context ${folder} is not a folder of the repository`);
  }
  const links = await readLinks(files, read);
  const contents: Content[] = [
    { path: dockerfile, read: async () => Buffer.from(rewrittenDockerfile) },
    ...files.map(({ path, mode, oid }) => ({ path, mode, link: links.get(path), read: () => readContent(path, read(oid)) })),
  ];
  return stream(contents, mtime);
}

async function readContent(path: string, reading: Promise<Uint8Array>): Promise<Buffer> {
  try {
    const { buffer, byteOffset, length } = await reading;
    return Buffer.from(buffer, byteOffset, length);
  } catch (error) {
    if (!(error instanceof ObjectTooLarge)) throw error;
    const cure = 'leave it out by .dockerignore, or have the Dockerfile fetch it';
    throw new WindlassError('build', `${path} of the build context cannot be sent: ${error.message}; ${cure}`, { cause: error });
  }
}

const atOnce = 2_000;

/** As contextFiles has them, with pauses: patterns over tens of thousands of paths would hold up everything else of the process. */
async function filesOf(entries: readonly TreeEntry[], folder: string, ignoreText: string | undefined): Promise<readonly TreeEntry[]> {
  const found: TreeEntry[] = [];
  for (let from = 0; from < entries.length; from += atOnce) {
    found.push(...contextFiles(entries.slice(from, from + atOnce), folder, ignoreText));
    await setImmediate();
  }
  return inByteOrder(found);
}

/** One entry to be; what has a `link` is a symlink and is not read. */
interface Content {
  readonly path: string;
  readonly mode?: string;
  readonly link?: string | undefined;
  readonly read: () => Promise<Buffer>;
}

/** Where the symlinks point to, by path. */
async function readLinks(files: readonly TreeEntry[], read: BuildContext['read']): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>();
  for (const { path, mode, oid } of files) {
    if (mode !== '120000') continue;
    const target = Buffer.from(await read(oid)).toString();
    // An absolute target is the image's own; the engine never follows it on the host.
    if (!target.startsWith('/') && posix.normalize(posix.join(posix.dirname(path), target)).split('/')[0] === '..') {
      throw new WindlassError('build', `${path} is a symlink to ${target}, outside the build context; point it to a file of the context`);
    }
    links.set(path, target);
  }
  return links;
}

function stream(contents: readonly Content[], mtime: Date): Readable {
  const tar = pack();
  const output = new PassThrough();
  // What breaks either end reaches the reader as the error of `output`.
  pipeline(tar, output, () => {});
  fill(tar, contents, mtime).catch((error: Error) => tar.destroy(error));
  return output;
}

async function fill(tar: Pack, contents: readonly Content[], mtime: Date): Promise<void> {
  const common = { uid: 0, gid: 0, mtime };
  const made = new Set<string>();
  for (const [index, { path, mode, link, read }] of contents.entries()) {
    // Small files that are at hand would be one long stretch of work.
    if (index % 100 === 0) await setImmediate();
    for (const name of foldersOf(path)) {
      if (made.has(name)) continue;
      made.add(name);
      await add(tar, { ...common, name: `${name}/`, type: 'directory', mode: 0o755 });
    }
    if (link === undefined) await add(tar, { ...common, name: path, mode: mode === '100755' ? 0o755 : 0o644 }, await read());
    else await add(tar, { ...common, name: path, type: 'symlink', linkname: link, mode: 0o777 });
  }
  tar.finalize();
}

/** `a/b/c` is in `a` and `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Resolves once the reader has taken the entry, so that the next file is read only then. */
function add(tar: Pack, header: Partial<Header> & Pick<Header, 'name'>, content?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    const entry = content === undefined ? tar.entry(header, done) : tar.entry(header, content, done);
    // The callback tells of it; without a listener it would end the process.
    entry.on('error', () => {});
  });
}
