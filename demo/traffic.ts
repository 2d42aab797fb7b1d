import { setTimeout as sleep } from 'node:timers/promises';
import { fetchText } from './outside.ts';

/** What became of requests that were sent all the while. */
export interface Traffic {
  readonly answered: number;
  /** What each failed one met. */
  readonly failures: readonly string[];
}

const everyMs = 50;

/** Asks for the URLs in turn, 20 times a second, each over a connection of its own, until the returned function is called. */
export function startTraffic(urls: readonly string[]): () => Promise<Traffic> {
  const stop = new AbortController();
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  let answered = 0;
  const ask = async (url: string) => {
    const { status } = await fetchText(url);
    if (status === 200) answered++;
    else failures.push(`${url} answered ${status}`);
  };
  const sending = (async () => {
    for (let turn = 0; !stop.signal.aborted; turn++) {
      const url = urls[turn % urls.length] ?? '';
      const asked: Promise<void> = ask(url)
        .catch((error: Error) => void failures.push(`${url}: ${error.message}`))
        .finally(() => open.delete(asked));
      open.add(asked);
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return async () => {
    stop.abort();
    await sending;
    await Promise.all(open);
    return { answered, failures };
  };
}
