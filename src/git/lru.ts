/** Keeps what was used last, up to `max` in the measure of `sizeOf`; what is larger by itself is not kept. */
export interface Lru<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

export function createLru<T>({ max, sizeOf }: { readonly max: number; readonly sizeOf: (value: T) => number }): Lru<T> {
  const kept = new Map<string, T>();
  let size = 0;
  const drop = (key: string) => {
    const value = kept.get(key);
    if (value === undefined) return;
    kept.delete(key);
    size -= sizeOf(value);
  };
  return {
    get: (key) => {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    set: (key, value) => {
      drop(key);
      if (sizeOf(value) > max) return;
      kept.set(key, value);
      size += sizeOf(value);
      for (const oldest of kept.keys()) {
        if (size <= max) return;
        drop(oldest);
      }
    },
  };
}
