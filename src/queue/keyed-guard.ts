/** Runs one function at a time per key, in the order they came. */
export interface KeyedGuard {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createKeyedGuard(): KeyedGuard {
  const tails = new Map<string, Promise<void>>();
  return {
    run: async (key, work) => {
      const before = tails.get(key);
      let free = () => {};
      const mine = new Promise<void>((resolve) => {
        free = resolve;
      });
      tails.set(key, mine);
      await before;
      try {
        return await work();
      } finally {
        if (tails.get(key) === mine) tails.delete(key);
        free();
      }
    },
  };
}
