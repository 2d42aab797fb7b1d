import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import { messageOf, WindlassError } from '../errors.ts';

export interface Listening {
  readonly server: Server;
  /** `http://host:port` with the port that was really taken. */
  readonly url: string;
  /** Takes no more requests, lets those under way end for `graceMs`, then hangs up on event streams and the like. */
  close(): Promise<void>;
}

/** Serves on `host:port` (`[::1]:8420` for IPv6); WindlassError `settings` that names WINDLASS_LISTEN where that cannot be. */
export async function listen(app: Express, address: string, graceMs = 1000): Promise<Listening> {
  const server = createServer(app);
  // Agents upload for as long as somebody follows a log; app.ts has a deadline for the bodies of all other requests.
  server.requestTimeout = 0;
  const { host, port } = parse(address);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(refusal(error, address)));
    server.listen({ host, port }, resolve);
  });
  const taken = server.address();
  const actual = typeof taken === 'object' && taken ? taken.port : port;
  return { server, url: `http://${isIPv6(host) ? `[${host}]` : host}:${actual}`, close: () => close(server, graceMs) };
}

function parse(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new WindlassError('settings', `WINDLASS_LISTEN is "${address}": it takes host:port, as in 127.0.0.1:8420`);
}

function refusal(error: NodeJS.ErrnoException, address: string): WindlassError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${address.slice(address.lastIndexOf(':') + 1)} of ${address} is taken by another program: stop that or set WINDLASS_LISTEN to a free one`,
    EACCES: `not allowed to listen on ${address}: set WINDLASS_LISTEN to a port from 1024 on`,
    EADDRNOTAVAIL: `this machine has no address ${address}: set WINDLASS_LISTEN to one it has`,
  };
  const message = reasons[error.code ?? ''] ?? `cannot listen on WINDLASS_LISTEN ${address}: ${messageOf(error)}`;
  return new WindlassError('settings', message, { cause: error });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const grace = new AbortController();
  await Promise.race([closed, sleep(graceMs, undefined, { signal: grace.signal }).catch(() => {})]);
  grace.abort();
  server.closeAllConnections();
  await closed;
}
