import type { Readable } from 'node:stream';
import type Docker from 'dockerode';

/** One message of a pull, load or build. */
export interface ProgressMessage {
  readonly stream?: string;
  readonly status?: string;
  readonly id?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly total?: number };
}

type FollowProgress = (stream: Readable, done: (error: unknown) => void, onMessage: (message: ProgressMessage) => void) => void;

/** dockerode 5's followProgress, which decodes BuildKit's messages too; @types/dockerode 4 does not know it. */
export function progressOf(docker: Docker): FollowProgress {
  const { followProgress } = docker as unknown as { followProgress: FollowProgress };
  return followProgress.bind(docker);
}

/**
 * Reads a progress stream to its end. Rejects when it is cut, or with what `onMessage` throws.
 * A message that holds an `error` is handed on like any other: followProgress does not tell it apart.
 */
export function readProgress(follow: FollowProgress, stream: Readable, onMessage: (message: ProgressMessage) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let ended = false;
    let failed: unknown;
    stream.once('end', () => {
      ended = true;
    });
    const done = (error: unknown) => {
      if (failed ?? error) reject(failed ?? error);
      else if (!ended) reject(new Error('the connection ended in the middle of the answer'));
      else resolve();
    };
    follow(stream, done, (message) => {
      try {
        if (failed === undefined) onMessage(message);
      } catch (error) {
        failed = error;
      }
    });
  });
}
