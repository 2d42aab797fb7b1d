import { createHash } from 'node:crypto';
import { packEntries, type TreeEntry, unpackEntries } from '../model/image.ts';
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
      const entries = withFiles(await trees.tree('config', base), written);
      const name = createHash('sha1')
        .update(JSON.stringify([base, written.map(({ path, oid }) => [path, oid])]))
        .digest('hex');
      drafts.delete(name);
      drafts.set(name, { base, packed: packEntries(entries), blobs: new Map(written.map(({ oid, bytes }) => [oid, bytes])) });
      for (const old of [...drafts.keys()].slice(0, -keep)) drafts.delete(old);
      return name;
    },
  };
}

function withFiles(
  entries: readonly TreeEntry[],
  written: readonly { readonly path: string; readonly oid: string }[],
): readonly TreeEntry[] {
  const changed = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path, oid } of written) changed.set(path, { mode: '100644', ...changed.get(path), path, oid });
  return [...changed.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** As `git hash-object` names it. */
const blobId = (bytes: Uint8Array): string => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
