/** At most `count` at a time, in the order they came. Work that has only to wait may `leave` its place, and `take` one again. */
export interface Slots {
  run<T>(work: (slot: Slot) => Promise<T>): Promise<T>;
}

export interface Slot {
  leave(): void;
  take(): Promise<void>;
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
      const takeAgain = async () => {
        if (left) await take();
        left = false;
      };
      try {
        return await work({ leave, take: takeAgain });
      } finally {
        leave();
      }
    },
  };
}
