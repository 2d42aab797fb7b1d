import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * A free port, from below those that the kernel gives to whoever asks for any: it would give one of its own to somebody else before the
 * process that is told of it listens there.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    if (await isFree(port)) return port;
  }
}

/** Whether nobody listens there, on any address. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
