import { setTimeout as sleep } from 'node:timers/promises';

/** Whether the promise resolved within the time; rejects when it does. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timeout = new AbortController();
  const late = sleep(ms, false, { signal: timeout.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timeout.abort();
  }
}
