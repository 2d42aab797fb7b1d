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
  const waiting = new Map<string, { readonly hear: (word: Word) => void; readonly onWaiting: () => void }>();
  const subscriber = duplicate(redis, log);
  subscriber.subscribe(wordsChannel).catch(() => {});
  subscriber.on('message', (_channel, text) => {
    const { data } = said.safeParse(parseJson(text));
    if (data) waiting.get(data.job)?.hear(data.word);
  });
  const look = async (jobs: readonly string[]) => {
    if (jobs.length === 0) return;
    for (const job of jobs) waiting.get(job)?.onWaiting();
    const words = await redis.mget(jobs.map(keys.word));
    jobs.forEach((job, at) => {
      const { data } = said.shape.word.safeParse(words[at]);
      if (data) waiting.get(job)?.hear(data);
    });
  };
  const lookAt = (jobs: readonly string[]) =>
    void look(jobs).catch((error: unknown) => log.debug({ jobs: jobs.length, error: messageOf(error) }, 'words not read'));
  const looking = setInterval(() => lookAt([...waiting.keys()]), lookMs);
  return {
    heard: async (job, { withinMs, signal, onWaiting }) => {
      signal.throwIfAborted();
      return new Promise<Word>((resolve, reject) => {
        const end = (settle: () => void) => {
          clearTimeout(late);
          signal.removeEventListener('abort', abort);
          waiting.delete(job);
          settle();
        };
        const abort = () => end(() => reject(signal.reason));
        const late = setTimeout(() => end(() => resolve('release')), withinMs);
        signal.addEventListener('abort', abort);
        waiting.set(job, { hear: (word) => end(() => resolve(word)), onWaiting });
        lookAt([job]);
      });
    },
    close: () => {
      clearInterval(looking);
      subscriber.disconnect();
    },
  };
}
