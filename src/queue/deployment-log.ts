import type { LogLine } from '../model/documents.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

const mostLines = 20_000;
/** A build tool's progress bar can be one endless line. */
const longestLine = 4_000;

/** `dropped` counts what was cut off at the head, so that a line keeps its number. */
const appendScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
for i = 2, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
local excess = redis.call('LLEN', KEYS[2]) - tonumber(ARGV[1])
local dropped = tonumber(redis.call('HGET', KEYS[1], 'dropped') or '0')
if excess > 0 then
  redis.call('LTRIM', KEYS[2], excess, -1)
  dropped = dropped + excess
  redis.call('HSET', KEYS[1], 'dropped', dropped)
end
return dropped + redis.call('LLEN', KEYS[2])`;

const readScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local dropped = tonumber(redis.call('HGET', KEYS[1], 'dropped') or '0')
local first = math.max(tonumber(ARGV[1]) - dropped, 0)
return { dropped + first, redis.call('LRANGE', KEYS[2], first, first + tonumber(ARGV[2]) - 1) }`;

/** The number that the next line will have; undefined where there is no such deployment. */
export async function appendLog(redis: Redis, id: string, lines: readonly LogLine[]): Promise<number | undefined> {
  if (lines.length === 0) return undefined;
  const texts = lines.slice(-mostLines).map((line) => JSON.stringify({ ...line, line: line.line.slice(0, longestLine) }));
  const next = Number(await redis.eval(appendScript, 2, keys.deployment(id), keys.deploymentLog(id), mostLines, ...texts));
  return next < 0 ? undefined : next;
}

/** Lines from number `from` on. Where those have been dropped, from the oldest that is kept. */
export async function readLog(
  redis: Redis,
  id: string,
  from: number,
  limit: number,
): Promise<{ readonly lines: readonly LogLine[]; readonly next: number } | undefined> {
  const found = (await redis.eval(readScript, 2, keys.deployment(id), keys.deploymentLog(id), from, limit)) as [number, string[]] | null;
  if (!found) return undefined;
  const [first, texts] = found;
  const lines = texts.map((text): LogLine => JSON.parse(text));
  return { lines, next: first + lines.length };
}
