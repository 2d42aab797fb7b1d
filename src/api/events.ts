import { once } from 'node:events';
import type { Request, Response } from 'express';
import type { ServerEvent } from '../model/documents.ts';

/** Sends events as server-sent events until either side ends, with a comment every `heartbeatMs` to keep proxies from hanging up. */
export async function sendEvents(
  response: Response,
  events: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
  heartbeatMs: number,
): Promise<void> {
  const signal = closed(response);
  // X-Accel-Buffering: nginx otherwise holds events back (its proxy_buffering).
  response.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  response.flushHeaders();
  const heartbeat = setInterval(() => response.write(':\n\n'), heartbeatMs);
  try {
    for await (const event of events(signal)) {
      if (signal.aborted) return;
      if (!response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)) await once(response, 'drain', { signal });
    }
    response.end();
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Aborted once the client is gone or has all of the answer. */
export function closed(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

/** Aborts the reading of a body after `ms`: Node's own deadline is one for all routes, and agents upload for hours. */
export function bodyDeadline(ms: number): (request: Request, response: Response, next: () => void) => void {
  return (request, _response, next) => {
    // Nobody reads a body that is not there, so its end would never be told.
    if (!announcesBody(request)) return next();
    const timer = setTimeout(() => request.destroy(), ms);
    request.once('end', () => clearTimeout(timer));
    request.once('close', () => clearTimeout(timer));
    next();
  };
}

export const announcesBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
