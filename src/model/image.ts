import type { Place } from './application.ts';

/** An image of windlass.yaml after its matrix is spread: one name and tag. */
export interface ImageDeclaration {
  readonly name: string;
  readonly tag: string;
  /** A source's name, or `config` for the repository itself. */
  readonly source: string;
  /** The build context's folder in that tree; empty for its root. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  /** `host`: RUN steps on the host's network. */
  readonly network: string | undefined;
  /** The Dockerfile's text, where it stands in the declaration; `dockerfile` is only its name then. */
  readonly inline?: string;
  readonly settings?: BuildSettings;
  /** How many earlier builds of it each host keeps beside those that are needed; undefined: 5. No part of what decides the image. */
  readonly keep?: number;
  /** Where it is declared, for messages; no part of what decides the image. */
  readonly place?: Place;
}

/** What else a build is told. What is not said is absent. */
export interface BuildSettings {
  readonly labels?: Readonly<Record<string, string>>;
  readonly cacheFrom?: readonly string[];
  readonly shmSizeBytes?: number;
  /** `name:address`, for RUN steps. */
  readonly extraHosts?: readonly string[];
  /** `linux/arm64`; the builder's own by default. */
  readonly platform?: string;
}

/** A file of a Git tree. `mode` as Git writes it: 100644, 100755, 120000 (a symlink). */
export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly oid: string;
}

/** Entries as one text, which goes to another thread twenty times as fast as so many objects do. */
export const packEntries = (entries: readonly TreeEntry[]): string =>
  entries.map(({ mode, oid, path }) => `${mode} ${oid} ${path}`).join('\0');

/** What `packEntries` has made a text of. */
export const unpackEntries = (text: string): readonly TreeEntry[] => entriesIn(text, () => true);

/** Those of the packed entries that are wanted; the others cost next to nothing. */
export function entriesIn(packed: string, wanted: (path: string, mode: string) => boolean): readonly TreeEntry[] {
  const found: TreeEntry[] = [];
  for (let start = 0; start < packed.length; ) {
    const next = packed.indexOf('\0', start);
    const end = next < 0 ? packed.length : next;
    const oid = packed.indexOf(' ', start) + 1;
    const path = packed.indexOf(' ', oid) + 1;
    const name = packed.slice(path, end);
    const mode = packed.slice(start, oid - 1);
    if (wanted(name, mode)) found.push({ path: name, mode, oid: packed.slice(oid, path - 1) });
    start = end + 1;
  }
  return found;
}

/** The packed entries with some more, or with others in place of those of the same path. Both are ordered by path, and so is the answer. */
export function withEntries(packed: string, more: readonly TreeEntry[]): string {
  const paths = new Set(more.map(({ path }) => path));
  const kept = entriesIn(packed, (path) => !paths.has(path));
  const merged: TreeEntry[] = [];
  let next = 0;
  for (const entry of kept) {
    for (let one = more[next]; one !== undefined && one.path < entry.path; one = more[++next]) merged.push(one);
    merged.push(entry);
  }
  return packEntries([...merged, ...more.slice(next)]);
}

/** A Tree with its entries as `packEntries` has them. */
export interface PackedTree extends Omit<Tree, 'entries'> {
  readonly packed: string;
}

/** A Git tree at a commit: all its files, and the bytes of those that declarations need. */
export interface Tree {
  readonly commit: string;
  readonly entries: readonly TreeEntry[];
  /** By path. A path in `entries` but not here has not been read yet. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files that will not be read, and why: `has 2048 MiB, …`. Absent: none was refused. */
  readonly refused?: ReadonlyMap<string, string>;
}

/** An image with all that decides its bytes, ready to be built once its parents are. */
export interface BuildableImage extends ImageDeclaration {
  readonly commit: string;
  /** 64 hex digits over context, Dockerfile, arguments, target, network and the parents' inputs. Equal inputs: not built again. */
  readonly inputs: string;
  /** The images of windlass.yaml this one is built on (FROM, COPY --from), as `name:tag`. */
  readonly parents: readonly string[];
  /** The Dockerfile with each FROM of another image of windlass.yaml replaced by that image's pinned tag. */
  readonly rewrittenDockerfile: string;
}

/** `name:tag`: for people. */
export const imageReference = (image: { readonly name: string; readonly tag: string }): string => `${image.name}:${image.tag}`;

/** The tag that names exactly these inputs: what FROM lines between images, transfers and containers use. */
export const pinnedReference = (image: { readonly name: string; readonly inputs: string }): string =>
  `${image.name}:windlass-${image.inputs.slice(0, 16)}`;
