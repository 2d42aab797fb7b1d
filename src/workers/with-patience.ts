/**
 * Does work that is given up after so many milliseconds, or with the signal. Not `AbortSignal.any` over `AbortSignal.timeout`: under
 * Node 20 that was seen never to come, collected before its time, and the work waited for ever.
 */
export async function withPatience<T>(signal: AbortSignal, ms: number, work: (either: AbortSignal) => Promise<T>): Promise<T> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(new DOMException(`not within ${ms} ms`, 'TimeoutError')), ms);
  try {
    return await work(AbortSignal.any([signal, patience.signal]));
  } finally {
    clearTimeout(timer);
  }
}
