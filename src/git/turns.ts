/** Runs operations one after the other, in the order of asking. */
export type Turn = <T>(operation: () => Promise<T>) => Promise<T>;

export function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (operation) => {
    const run = last.then(operation);
    last = run.catch(() => {});
    return run;
  };
}

interface Run {
  readonly done: Promise<void>;
  readonly controller: AbortController;
  callers: number;
}

/**
 * Callers that come before a run has begun share it; one that comes later gets the next. A caller's signal takes it out,
 * and ends the run when it was the last one waiting.
 */
export function createSharedRun(inTurn: Turn, operation: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let next: Run | undefined;
  const plan = (): Run => {
    const controller = new AbortController();
    const done = inTurn(async () => {
      if (next?.controller === controller) next = undefined;
      controller.signal.throwIfAborted();
      await operation(controller.signal);
    });
    return { done, controller, callers: 0 };
  };
  return async (signal) => {
    signal.throwIfAborted();
    next ??= plan();
    const run = next;
    run.callers++;
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        if (--run.callers > 0) return;
        if (next === run) next = undefined;
        run.controller.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      run.done.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  };
}
