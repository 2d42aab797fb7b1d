import type { ServerEvent } from '../model/documents.ts';
import type { Events } from '../queue/events.ts';

/** Events as they come, until the signal; what nobody has taken yet is bounded, the oldest go first. */
export async function* followEvents(events: Events, signal: AbortSignal, bound = 1_000): AsyncGenerator<ServerEvent> {
  const waiting: ServerEvent[] = [];
  let wake = () => {};
  const end = events.subscribe((event) => {
    waiting.push(event);
    if (waiting.length > bound) waiting.shift();
    wake();
  });
  const aborted = () => wake();
  signal.addEventListener('abort', aborted);
  try {
    while (!signal.aborted) {
      const next = waiting.shift();
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    end();
    signal.removeEventListener('abort', aborted);
  }
}
