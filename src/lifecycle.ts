/** Collects closers; `close` runs them once, the last opened first, and goes on past one that fails. */
export interface Lifecycle {
  add(name: string, close: () => unknown): void;
  close(): Promise<void>;
}

export function createLifecycle(onFailure: (name: string, error: unknown) => void = () => {}): Lifecycle {
  const closers: { name: string; close: () => unknown }[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    for (const { name, close } of closers.reverse()) {
      try {
        await close();
      } catch (error) {
        onFailure(name, error);
      }
    }
  };
  return {
    add: (name, close) => void closers.push({ name, close }),
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
