import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where a container's web server answers. */
export interface Server {
  readonly host: string;
  readonly port: number;
}

const pauseMs = 5;
/** A push takes a thousand containers a minute and more. */
const patienceMs = (servers: number) => 60_000 + servers * 200;

/** When the first and the last server have answered with the new text, by performance.now. */
export interface Served {
  readonly first: number;
  readonly last: number;
}

/**
 * Asks one server at a time, each over a connection of its own, and pauses 5 ms when it still has the old text: at most 200 small
 * requests a second whatever the number of servers, so that asking costs the work little. One that has answered is not asked again.
 */
export async function untilAllServe(servers: readonly Server[], text: string): Promise<Served> {
  const start = performance.now();
  const withinMs = patienceMs(servers.length);
  const waiting = [...servers];
  let first = 0;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if ((await answerOf(next)) === text) {
      first ||= performance.now();
      continue;
    }
    waiting.push(next);
    if (performance.now() - start > withinMs)
      throw new Error(`${waiting.length} of ${servers.length} do not serve ${text} after ${withinMs / 1000} s`);
    await sleep(pauseMs);
  }
  return { first, last: performance.now() };
}

/** Empty while nothing answers. */
function answerOf({ host, port }: Server): Promise<string> {
  return new Promise((resolve) => {
    const asking = request({ host, port, agent: false, timeout: 2_000 }, async (response) => {
      const chunks = await response.toArray().catch(() => []);
      resolve(Buffer.concat(chunks).toString().trim());
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(''));
    asking.end();
  });
}
