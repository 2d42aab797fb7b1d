import { queuePrefix } from './keys.ts';
import type { Redis } from './redis.ts';

const resetScript = `
local found = redis.call('KEYS', ARGV[1])
for _, key in ipairs(found) do redis.call('UNLINK', key) end
return #found`;

/**
 * Removes a queue with all its jobs, active ones included, before anybody consumes it. One atomic script rather than
 * BullMQ's `obliterate`, which leaves deduplication keys (`de:`, `dn:`) behind that swallow later jobs. How many keys there were.
 */
export async function resetQueue(redis: Redis, queue: string): Promise<number> {
  const literally = queue.replace(/[*?[\]\\]/g, '\\$&');
  return Number(await redis.eval(resetScript, 0, `${queuePrefix}:${literally}:*`));
}
