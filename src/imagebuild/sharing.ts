/** Runs work by key: those who ask while it runs get the same result. */
export interface Sharing<T> {
  /** A caller that leaves at its signal does not end the work for others; the last one to leave does. */
  run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Shared<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

export function createSharing<T>(): Sharing<T> {
  const running = new Map<string, Shared<T>>();
  const start = (key: string, work: (signal: AbortSignal) => Promise<T>): Shared<T> => {
    const abort = new AbortController();
    const forget = () => {
      if (running.get(key) === shared) running.delete(key);
    };
    const result = work(abort.signal).finally(forget);
    // Whoever waits is told; nobody may be left to.
    result.catch(() => {});
    const shared: Shared<T> = { result, abort, waiting: 0 };
    running.set(key, shared);
    abort.signal.addEventListener('abort', forget);
    return shared;
  };
  return {
    run: async (key, signal, work) => {
      signal.throwIfAborted();
      const shared = running.get(key) ?? start(key, work);
      shared.waiting++;
      const left = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      try {
        return await Promise.race([shared.result, left]);
      } finally {
        if (--shared.waiting === 0) shared.abort.abort(signal.reason);
      }
    },
  };
}
