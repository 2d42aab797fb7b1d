/** Rendered config files by hash, for agents to fetch: the newest up to a bound. A plan puts them back whenever it is made again. */
export interface ContentStore {
  keep(contents: ReadonlyMap<string, Uint8Array>): void;
  get(hash: string): Uint8Array | undefined;
}

const keptBytes = 128 * 1024 * 1024;

export function createContentStore(bound = keptBytes): ContentStore {
  const kept = new Map<string, Uint8Array>();
  let total = 0;
  return {
    keep: (contents) => {
      for (const [hash, bytes] of contents) {
        const old = kept.get(hash);
        if (old) kept.delete(hash);
        else total += bytes.length;
        kept.set(hash, bytes);
      }
      for (const [hash, bytes] of kept) {
        if (total <= bound) return;
        kept.delete(hash);
        total -= bytes.length;
      }
    },
    get: (hash) => kept.get(hash),
  };
}
