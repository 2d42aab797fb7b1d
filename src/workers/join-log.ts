import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { LogLine } from '../model/documents.ts';
import type { JoinLog } from './build-once.ts';

export interface LogJoining {
  /** Lines from number `from` on, and the number to go on with; undefined where there is no such deployment. */
  readonly read: (deployment: string, from: number) => Promise<{ readonly lines: readonly LogLine[]; readonly next: number } | undefined>;
  readonly append: (deployment: string, lines: readonly LogLine[]) => Promise<void>;
  readonly pauseMs: number;
  readonly log: Log;
}

/** Copies a step's lines into the log of another deployment as they come. Redis that is away costs lines, not the deployment. */
export function createJoinLog({ read, append, pauseMs, log }: LogJoining): JoinLog {
  return ({ from, to, step }) => {
    if (from === to) return { stop: async () => {} };
    let next = 0;
    const copy = async () => {
      for (;;) {
        const found = await read(from, next);
        if (!found || found.lines.length === 0) return;
        await append(
          to,
          found.lines.filter((line) => line.step === step),
        );
        next = found.next;
      }
    };
    const ended = new AbortController();
    const follow = async () => {
      while (!ended.signal.aborted) {
        await copy();
        await sleep(pauseMs, undefined, { signal: ended.signal }).catch(() => {});
      }
      await copy();
    };
    const following = follow().catch((error: unknown) => log.warn({ deployment: to, error: messageOf(error) }, 'log lines lost'));
    return {
      stop: async () => {
        ended.abort();
        await following;
      },
    };
  };
}
