import { formatMark, judgeFormat } from '../model/state-format.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

const place = 'what windlass keeps in Redis';

/** WindlassError `state` where Redis holds what this windlass does not read. */
export async function checkFormat(redis: Redis, windlass: string): Promise<void> {
  judgeFormat((await redis.get(keys.format)) ?? undefined, place, windlass);
}

/** The same, and marks what has no mark yet: for the one controller, once it holds its lock. */
export async function markFormat(redis: Redis, windlass: string): Promise<void> {
  await redis.set(keys.format, formatMark(windlass), 'NX');
  await checkFormat(redis, windlass);
}
