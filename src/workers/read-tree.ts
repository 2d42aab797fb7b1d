import { setImmediate } from 'node:timers/promises';
import { WindlassError } from '../errors.ts';
import { ObjectTooLarge } from '../git/objects.ts';
import { entriesIn, type PackedTree, type TreeEntry } from '../model/image.ts';
import type { Need } from '../planning/load.ts';
import { isInitialFile, largestDeclared, tooLarge } from '../repository/initial-files.ts';
import type { TreeReader } from './revisions.ts';

/** Of one tree in memory: what is read before anybody asks for it, and with what is asked for. */
const mostBytes = { initial: 32 * 2 ** 20, together: 64 * 2 ** 20 };
const sideBySide = 32;

/** A tree with those of its files that are wanted, as far as there is room: the others are read when they are asked for. */
export async function readTree(
  trees: TreeReader,
  source: string,
  commit: string,
  wanted: (path: string, mode: string) => boolean = isInitialFile,
): Promise<PackedTree> {
  const packed = await trees.packed(source, commit);
  const entries = await select(packed, wanted);
  // Declarations are small and say what else is needed.
  const ordered = [...entries.filter(({ path }) => isYaml(path)), ...entries.filter(({ path }) => !isYaml(path))];
  const { files, refused } = await readFiles(trees, source, ordered, mostBytes.initial);
  return { commit, packed, files, refused };
}

/** Reads into `state`, trees by source, what is needed of them; WindlassError `repository` where that has been read or is not there. */
export async function readNeeds(trees: TreeReader, state: Record<string, PackedTree>, needs: readonly Need[]): Promise<void> {
  for (const [source, tree] of Object.entries(state)) {
    const asked = needs.filter((need) => need.source === source).map(({ path }) => path);
    if (asked.length === 0) continue;
    const again = asked.find((path) => tree.files.has(path));
    if (again !== undefined) throw new WindlassError('repository', `${again} of ${source} has been read and is asked for again`);
    const names = new Set(asked);
    const found = await select(tree.packed, (path) => names.has(path));
    const absent = asked.find((path) => !found.some((entry) => entry.path === path));
    if (absent !== undefined) throw new WindlassError('repository', `${absent} is asked for, but ${source} has no such file`);
    state[source] = await readMore(trees, source, tree, found);
  }
}

/** The tree with further files; those for which there is no room are refused. */
export async function readMore(trees: TreeReader, source: string, tree: PackedTree, entries: readonly TreeEntry[]): Promise<PackedTree> {
  const used = [...tree.files.values()].reduce((sum, { length }) => sum + length, 0);
  const { files, refused, left } = await readFiles(trees, source, entries, mostBytes.together - used);
  const tooMany = `is not read: the files of all declarations may have ${mostBytes.together / 2 ** 20} MiB together`;
  return {
    ...tree,
    files: new Map([...tree.files, ...files]),
    refused: new Map([...(tree.refused ?? []), ...refused, ...left.map(({ path }) => [path, tooMany] as const)]),
  };
}

/** About 3,000 entries. */
const partLength = 2 ** 18;

/** As entriesIn, with pauses: tens of thousands of entries would hold up everything else of the process. */
async function select(packed: string, wanted: (path: string, mode: string) => boolean): Promise<readonly TreeEntry[]> {
  const found: TreeEntry[] = [];
  for (let start = 0; start < packed.length; ) {
    const next = packed.indexOf('\0', start + partLength);
    const end = next < 0 ? packed.length : next;
    found.push(...entriesIn(packed.slice(start, end), wanted));
    start = end + 1;
    await setImmediate();
  }
  return found;
}

const isYaml = (path: string): boolean => /\.ya?ml$/.test(path);

interface ReadFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly refused: ReadonlyMap<string, string>;
  /** Those for which there was no room. */
  readonly left: readonly TreeEntry[];
}

async function readFiles(trees: TreeReader, source: string, entries: readonly TreeEntry[], room: number): Promise<ReadFiles> {
  const files = new Map<string, Uint8Array>();
  const refused = new Map<string, string>();
  const left: TreeEntry[] = [];
  let free = room;
  for (let from = 0; from < entries.length; from += sideBySide) {
    const some = entries.slice(from, from + sideBySide);
    // Once there is no room, what is small is as well read when it is asked for.
    const read = left.length === 0 ? await Promise.all(some.map(({ oid }) => readOne(trees, source, oid))) : [];
    for (const [i, entry] of some.entries()) {
      const found = read[i];
      if (typeof found === 'string') refused.set(entry.path, found);
      else if (found === undefined || found.length > free) left.push(entry);
      else {
        files.set(entry.path, found);
        free -= found.length;
      }
    }
  }
  return { files, refused, left };
}

/** The bytes, or why they are not read. */
async function readOne(trees: TreeReader, source: string, oid: string): Promise<Uint8Array | string> {
  try {
    return await trees.read(source, oid, largestDeclared);
  } catch (error) {
    if (!(error instanceof ObjectTooLarge)) throw error;
    return tooLarge(error.bytes);
  }
}
