import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import { parseInfo, type Redis } from '../queue/redis.ts';
import type { RedisFacts } from './judge-redis.ts';

/** Asks the server and writes a key of a few seconds; `redis` is of the role `producer`. */
export async function readRedis(redis: Redis): Promise<RedisFacts> {
  // A command that fails says how often it was tried; why is told by the connection.
  let refusal: string | undefined;
  const listen = (error: Error & { readonly code?: string }) => {
    refusal = error.message || error.code;
  };
  redis.on('error', listen);
  try {
    const info = parseInfo(await redis.info());
    return { state: 'there', info, writeError: await tryWriting(redis), appendfsync: await readAppendfsync(redis) };
  } catch (error) {
    return { state: 'away', reason: `Redis does not answer: ${refusal ?? messageOf(error)}` };
  } finally {
    redis.off('error', listen);
  }
}

async function tryWriting(redis: Redis): Promise<string | undefined> {
  const key = `windlass:doctor:${randomUUID()}`;
  try {
    await redis.set(key, key, 'EX', 10);
    if ((await redis.get(key)) !== key) return 'what was written could not be read';
    await redis.del(key);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Hosted servers refuse CONFIG. */
const readAppendfsync = async (redis: Redis): Promise<string | undefined> => {
  const answer: unknown = await redis.config('GET', 'appendfsync').catch(() => undefined);
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
};
