import { createHash } from 'node:crypto';
import { entriesIn, unpackEntries, withEntries } from '../model/image.ts';
import type { TreeReader } from './revisions.ts';

/** A file of a draft. */
export interface DraftFile {
  readonly path: string;
  readonly text: string;
}

/** Reads commits, and drafts: what a commit would be, planned and checked before anything is written anywhere. */
export interface Drafts extends TreeReader {
  /** The name of a draft of the repository, in place of a commit's: `base` with these files instead. The last few are known. */
  draft(base: string, files: readonly DraftFile[]): Promise<string>;
}

interface Draft {
  readonly base: string;
  readonly packed: string;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

const keep = 16;

export function createDrafts(trees: TreeReader): Drafts {
  const drafts = new Map<string, Draft>();
  const of = (source: string, commit: string): Draft | undefined => (source === 'config' ? drafts.get(commit) : undefined);
  return {
    tree: async (source, commit) => {
      const draft = of(source, commit);
      return draft === undefined ? trees.tree(source, commit) : unpackEntries(draft.packed);
    },
    packed: async (source, commit) => of(source, commit)?.packed ?? trees.packed(source, commit),
    committedAt: (source, commit) => trees.committedAt(source, of(source, commit)?.base ?? commit),
    read: async (source, oid, most) => {
      const drafted = source === 'config' ? [...drafts.values()].find(({ blobs }) => blobs.has(oid)) : undefined;
      return drafted?.blobs.get(oid) ?? trees.read(source, oid, most);
    },
    draft: async (base, files) => {
      const written = files.map(({ path, text }) => ({ path, oid: blobId(Buffer.from(text)), bytes: Buffer.from(text) }));
      const before = await trees.packed('config', base);
      const name = createHash('sha1')
        .update(JSON.stringify([base, written.map(({ path, oid }) => [path, oid])]))
        .digest('hex');
      drafts.delete(name);
      drafts.set(name, { base, packed: withFiles(before, written), blobs: new Map(written.map(({ oid, bytes }) => [oid, bytes])) });
      for (const old of [...drafts.keys()].slice(0, -keep)) drafts.delete(old);
      return name;
    },
  };
}

function withFiles(packed: string, written: readonly { readonly path: string; readonly oid: string }[]): string {
  const modes = new Map(entriesIn(packed, (path) => written.some((one) => one.path === path)).map(({ path, mode }) => [path, mode]));
  const entries = written.map(({ path, oid }) => ({ path, oid, mode: modes.get(path) ?? '100644' }));
  return withEntries(
    packed,
    entries.sort((a, b) => (a.path < b.path ? -1 : 1)),
  );
}

/** As `git hash-object` names it. */
const blobId = (bytes: Uint8Array): string => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
