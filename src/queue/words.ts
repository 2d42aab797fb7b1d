import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Word } from '../model/step-progress.ts';
import { keys, wordsChannel } from './keys.ts';
import { parseJson } from './parse-json.ts';
import { duplicate, type Redis } from './redis.ts';

const said = z.object({ job: z.string(), word: z.enum(['go', 'release']) });
const keptSeconds = 600;
/** Between two looks at the key: who missed the publication reads it there. */
const lookMs = 1_000;

/** The controller's side: tells a held step how to go on. Saying it again changes nothing. */
export async function sayWord(redis: Redis, job: string, word: Word): Promise<void> {
  await redis.multi().set(keys.word(job), word, 'EX', keptSeconds, 'NX').publish(wordsChannel, JSON.stringify({ job, word })).exec();
}

/** The agent's side, for all held steps over one connection. */
export interface Words {
  /**
   * The word for a job; `release` when none came in time, for the candidate in the container ends by itself then.
   * `onWaiting` is called at every look. Rejects with the signal's reason.
   */
  heard(job: string, how: { readonly withinMs: number; readonly signal: AbortSignal; readonly onWaiting: () => void }): Promise<Word>;
  close(): void;
}

export function createWords(redis: Redis, log: Log): Words {
  const listeners = new Map<string, (word: Word) => void>();
  const subscriber = duplicate(redis, log);
  subscriber.subscribe(wordsChannel).catch(() => {});
  subscriber.on('message', (_channel, text) => {
    const { data } = said.safeParse(parseJson(text));
    if (data) listeners.get(data.job)?.(data.word);
  });
  const kept = async (job: string): Promise<Word | undefined> => {
    const { data } = said.shape.word.safeParse(await redis.get(keys.word(job)));
    return data;
  };
  return {
    heard: async (job, { withinMs, signal, onWaiting }) => {
      const over = new AbortController();
      const ended = AbortSignal.any([signal, over.signal]);
      const published = new Promise<Word>((resolve) => listeners.set(job, resolve));
      const looked = async (): Promise<Word> => {
        for (let waitedMs = 0; waitedMs < withinMs; waitedMs += lookMs) {
          onWaiting();
          const word = await kept(job).catch((error: unknown) => void log.debug({ job, error: messageOf(error) }, 'word not read'));
          if (word) return word;
          await sleep(lookMs, undefined, { signal: ended });
        }
        return 'release';
      };
      const looking = looked();
      looking.catch(() => {});
      try {
        return await Promise.race([published, looking]);
      } finally {
        over.abort();
        listeners.delete(job);
        signal.throwIfAborted();
      }
    },
    close: () => subscriber.disconnect(),
  };
}
