import type { Log } from '../log.ts';
import type { ServerEvent } from '../model/documents.ts';
import { eventsChannel } from './keys.ts';
import { parseJson } from './parse-json.ts';
import { duplicate, type Redis } from './redis.ts';

/** What changed, for live followers: a hint to read again, lost where nobody listens. */
export interface Events {
  publish(event: ServerEvent): Promise<void>;
  /** The function it answers with ends the subscription. */
  subscribe(onEvent: (event: ServerEvent) => void): () => void;
  close(): void;
}

/** One connection of its own, opened at the first subscription. */
export function createEvents(redis: Redis, log: Log): Events {
  const listeners = new Set<(event: ServerEvent) => void>();
  let subscriber: Redis | undefined;
  const open = () => {
    const connection = duplicate(redis, log);
    connection.subscribe(eventsChannel).catch(() => {});
    connection.on('message', (_channel, text) => {
      const event = parseJson(text);
      if (event) for (const listener of listeners) listener(event as ServerEvent);
    });
    return connection;
  };
  return {
    publish: async (event) => void (await redis.publish(eventsChannel, JSON.stringify(event))),
    subscribe: (onEvent) => {
      subscriber ??= open();
      listeners.add(onEvent);
      return () => listeners.delete(onEvent);
    },
    close: () => subscriber?.disconnect(),
  };
}
