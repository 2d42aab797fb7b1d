import { messageOf, WindlassError } from '../errors.ts';
import { isBranchName } from '../model/branch-name.ts';
import { type TreeEntry, unpackEntries } from '../model/image.ts';
import { type GitThread, GitThreadError } from './create-git-thread.ts';
import { createLru } from './lru.ts';

/** Reads a Git directory, whoever writes it. Commits and objects by 40 hex digits. */
export interface Objects {
  /** The branch that HEAD names; it may have no commit yet. */
  head(): Promise<string>;
  /** The commit of a branch; undefined where there is no such branch. */
  resolve(branch: string): Promise<string | undefined>;
  hasCommit(commit: string): Promise<boolean>;
  /** When it was committed. */
  committedAt(commit: string): Promise<Date>;
  /** All files, ordered by path; submodules are left out. */
  tree(commit: string): Promise<readonly TreeEntry[]>;
  /** The same, as `packEntries` has it: quick, however many there are. */
  packed(commit: string): Promise<string>;
  /** The bytes of a file; ObjectTooLarge where there are more than `most`. */
  read(oid: string, most?: number): Promise<Uint8Array>;
}

const blobBytes = 64 * 2 ** 20;
const treesKept = 16;
/** What is in a build context passes through memory, a file at a time. */
const largestFile = 512 * 2 ** 20;

/** The Git directory lacks an object or holds a broken one. */
export class UnreadableObject extends WindlassError {}

/** A file is not read: it has `bytes`, and whoever asked takes less. */
export class ObjectTooLarge extends WindlassError {
  readonly bytes: number;

  constructor(what: string, bytes: number, most: number) {
    super('git', `cannot read ${what}: it has ${inMiB(bytes)}, more than the ${inMiB(most)} that may be`);
    this.bytes = bytes;
  }
}

export interface ObjectsOptions {
  readonly gitdir: string;
  readonly name: string;
  readonly thread: GitThread;
}

export function createObjects({ gitdir, name, thread }: ObjectsOptions): Objects {
  const blobs = createLru<Uint8Array>({ max: blobBytes, sizeOf: (bytes) => bytes.length });
  const trees = createLru<string>({ max: treesKept, sizeOf: () => 1 });
  const failed = (what: string, error: unknown): WindlassError => {
    if (error instanceof WindlassError) return error.permanent ? about(error, what, name) : error;
    // Paths become names in archives: isomorphic-git refuses "..", ".git" and slashes in a tree.
    const unsafe = error instanceof GitThreadError && error.code === 'UnsafeFilepathError';
    const Kind = unsafe ? WindlassError : UnreadableObject;
    return new Kind('git', `cannot read ${what} of ${name}: ${messageOf(error)}`, { permanent: unsafe, cause: error });
  };
  const ask = <T>(what: string, asking: Promise<T>): Promise<T> =>
    asking.catch((error: unknown) => {
      throw failed(what, error);
    });
  const commitOf = (oid: string) => ask(`commit ${oid}`, thread.ask({ kind: 'commit', gitdir, oid }));

  const packed = async (commit: string) => {
    const known = trees.get(commit);
    if (known !== undefined) return known;
    const text = await ask(`commit ${commit}`, thread.ask({ kind: 'tree', gitdir, commit }));
    trees.set(commit, text);
    return text;
  };

  return {
    head: async () => {
      const ref = await ask('HEAD', thread.ask({ kind: 'head', gitdir }));
      if (ref.startsWith('refs/heads/')) return ref.slice('refs/heads/'.length);
      throw new WindlassError(
        'git',
        `HEAD of ${name} is at no branch: check one out (git symbolic-ref HEAD refs/heads/main in a bare repository)`,
      );
    },
    resolve: async (branch) => {
      // The name becomes a path in the Git directory.
      if (!isBranchName(branch)) return undefined;
      return ask(`branch ${branch}`, thread.ask({ kind: 'branch', gitdir, branch }));
    },
    hasCommit: async (oid) => (await commitOf(oid)) !== undefined,
    committedAt: async (oid) => {
      const found = await commitOf(oid);
      if (found) return new Date(found.committedAt * 1000);
      throw new UnreadableObject('git', `cannot read commit ${oid} of ${name}: it is not there`, { permanent: false });
    },
    tree: async (commit) => unpackEntries(await packed(commit)),
    packed,
    read: async (oid, most = largestFile) => {
      const what = `object ${oid}`;
      const refuse = (bytes: number) => new ObjectTooLarge(`${what} of ${name}`, bytes, most);
      const known = blobs.get(oid);
      if (known !== undefined && known.length > most) throw refuse(known.length);
      if (known !== undefined) return known;
      const blob = await ask(what, thread.ask({ kind: 'blob', gitdir, oid, most }));
      if (!(blob instanceof Uint8Array)) throw refuse(blob.bytes);
      blobs.set(oid, blob);
      return blob;
    },
  };
}

const inMiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;

const about = (error: WindlassError, what: string, name: string): WindlassError =>
  new WindlassError(error.code, `cannot read ${what} of ${name}: ${error.message}`, { permanent: true, cause: error });
