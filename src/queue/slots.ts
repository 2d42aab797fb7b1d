/** At most `count` at a time, in the order they came. Work that has only to wait from here on may `leave` its place early. */
export interface Slots {
  run<T>(work: (leave: () => void) => Promise<T>): Promise<T>;
}

export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  const take = async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const give = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return {
    run: async (work) => {
      await take();
      let left = false;
      const leave = () => {
        if (!left) give();
        left = true;
      };
      try {
        return await work(leave);
      } finally {
        leave();
      }
    },
  };
}
