import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WindlassError } from '../errors.ts';

/** Brings a reader on the controller and an agent's upload together by an id that both know and that serves once. */
export interface StreamHub {
  /**
   * Waits for the upload named `id`; WindlassError `deadline` after `timeoutMs`, the signal's reason when aborted. Registered
   * when the call returns, so that the agent may be told of the id right after. Destroying the reader ends the upload.
   */
  open(id: string, timeoutMs: number, signal?: AbortSignal): Promise<Readable>;
  /** Pipes with back-pressure until either side ends; false, with the upload untouched, where nobody waits for `id`. */
  deliver(id: string, upload: Readable): Promise<boolean>;
}

/** An empty hub. */
export function createStreamHub(): StreamHub {
  const waiting = new Map<string, (reader: PassThrough) => void>();
  return {
    open: (id, timeoutMs, signal) => {
      const opened = waitFor(waiting, { id, timeoutMs, signal });
      // The caller first tells the agent, then awaits: a failure in between is not an unhandled one.
      opened.catch(() => {});
      return opened;
    },
    deliver: async (id, upload) => {
      const accept = waiting.get(id);
      if (!accept) return false;
      const reader = new PassThrough();
      // A reader that is destroyed without a listener must not take the process down; pipeline reports the same error.
      reader.on('error', () => {});
      accept(reader);
      await pipeline(upload, reader).catch(() => {});
      return true;
    },
  };
}

interface Wait {
  readonly id: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

function waitFor(waiting: Map<string, (reader: PassThrough) => void>, { id, timeoutMs, signal }: Wait): Promise<Readable> {
  if (waiting.has(id)) return Promise.reject(new WindlassError('locked', `stream ${id} is awaited already`));
  return new Promise((resolve, reject) => {
    const forget = () => {
      waiting.delete(id);
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
    const aborted = () => {
      forget();
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      forget();
      reject(new WindlassError('deadline', `no agent answered within ${timeoutMs / 1000} s: is it running?`, { permanent: false }));
    }, timeoutMs);
    waiting.set(id, (reader) => {
      forget();
      resolve(reader);
    });
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted);
  });
}
