import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Express } from 'express';
import { messageOf, WindlassError } from '../errors.ts';

export interface Listening {
  readonly server: Server;
  /** `http://host:port` with the port that was really taken. */
  readonly url: string;
  /** Takes no more requests, lets those under way end for `graceMs`, then hangs up on event streams and the like. */
  close(): Promise<void>;
}

export interface Address {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

interface ListenOptions {
  /** 1 s by default. */
  readonly graceMs?: number;
  /**
   * A sender that takes longer for its headers is hung up on; 10 s by default, for Node's own minute is an invitation to hold sockets open.
   */
  readonly headersTimeout?: number;
}

/** Serves on an address; WindlassError `settings` that names WINDLASS_LISTEN where that cannot be. */
export async function listen(app: Express, address: Address, options: ListenOptions = {}): Promise<Listening> {
  const { graceMs = 1_000, headersTimeout = 10_000 } = options;
  // Agents upload for as long as somebody follows a log; app.ts has a deadline for the bodies of all other requests.
  const server = createServer({ headersTimeout, requestTimeout: 0, connectionsCheckingInterval: Math.min(1_000, headersTimeout) }, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusal(error, address)));
    server.listen({ host: address.host, port: address.port }, resolve);
  });
  const taken = server.address();
  const port = typeof taken === 'object' && taken ? taken.port : address.port;
  return { server, url: `http://${inUrl(address.host)}:${port}`, close: () => close(server, graceMs) };
}

/** Nobody can connect to the unspecified addresses. */
function inUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}

function refusal(error: NodeJS.ErrnoException, { host, port }: Address): WindlassError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${host} is taken by another program: stop that or set WINDLASS_LISTEN to a free one`,
    EACCES: `not allowed to listen on port ${port}: set WINDLASS_LISTEN to one from 1024 on`,
    EADDRNOTAVAIL: `this machine has no address ${host}: set WINDLASS_LISTEN to one it has`,
    ENOTFOUND: `no address is known for ${host}: set WINDLASS_LISTEN to an address of this machine`,
  };
  const message = reasons[error.code ?? ''] ?? `cannot listen on WINDLASS_LISTEN ${host}:${port}: ${messageOf(error)}`;
  return new WindlassError('settings', message, { cause: error });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose last request ends now is kept alive by Node all the same.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const grace = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(grace);
}
