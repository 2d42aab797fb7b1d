import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { keys } from './keys.ts';
import type { Redis } from './redis.ts';

const beatMs = 3_000;
/** With the watch's `absentMs` on top: 15 seconds after the last beat an agent is lost. */
const keptMs = 10_000;
const absentMs = 5_000;

/** Says every 3 s which agent process serves the host; the key goes with its time to live, by Redis's clock and nobody else's. */
export async function startSession(
  redis: Redis,
  { host, session, log }: { readonly host: string; readonly session: string; readonly log: Log },
): Promise<{ readonly stop: () => Promise<void> }> {
  const beat = () => redis.set(keys.session(host), session, 'PX', keptMs);
  await beat();
  const timer = setInterval(() => {
    beat().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'session not renewed'));
  }, beatMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await redis.eval(`if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`, 1, keys.session(host), session);
    },
  };
}

/**
 * Judges what was read of a host's session: the reason why `session` is over, or undefined. A key that is gone counts only
 * after five seconds of being read as gone: after an outage of Redis every key has run out though its agent lives.
 */
export function createSessionWatch(host: string, session: string): (found: string | null, now: number) => string | undefined {
  let goneSince: number | undefined;
  return (found, now) => {
    if (found === session) {
      goneSince = undefined;
      return undefined;
    }
    if (found !== null) return `the agent of host ${host} has been restarted`;
    goneSince ??= now;
    return now - goneSince >= absentMs ? `the agent of host ${host} does not answer` : undefined;
  };
}
