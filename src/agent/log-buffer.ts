import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { LogLine } from '../model/documents.ts';

/** Collects log lines for a moment, so that a chatty build is a few writes a second and not one a line. */
export interface LogBuffer {
  add(deployment: string, step: string, line: string): void;
  flush(): Promise<void>;
}

const pauseMs = 100;

export function createLogBuffer(write: (deployment: string, lines: readonly LogLine[]) => Promise<void>, log: Log): LogBuffer {
  let waiting = new Map<string, LogLine[]>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = new Map();
    writing = writing.then(async () => {
      for (const [deployment, some] of lines) await write(deployment, some);
    });
    writing = writing.catch((error: unknown) => log.warn({ error: messageOf(error) }, 'log lines lost'));
    return writing;
  };
  return {
    add: (deployment, step, line) => {
      if (deployment === '') return;
      const lines = waiting.get(deployment) ?? [];
      lines.push({ at: new Date().toISOString(), step, line });
      waiting.set(deployment, lines);
      timer ??= setTimeout(flush, pauseMs);
    },
    flush,
  };
}
