import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type RequestHandler, type Response, Router } from 'express';
import { WindlassError } from '../errors.ts';
import { closed } from './events.ts';
import * as input from './input.ts';
import type { AgentDoor } from './operations.ts';

/** What stands under /agent/v1: build contexts, images and config files for agents, and the streams they upload. */
export function createAgentRoutes(door: AgentDoor): Router {
  const router = Router();
  router.get(
    '/contexts/:id',
    tar((params, signal) => door.buildContext(input.read(input.streamParams, params).id, signal)),
  );
  router.get(
    '/images/:reference',
    tar((params, signal) => door.image(input.read(input.imageParams, params).reference, signal)),
  );
  router.get('/contents/:hash', async (request, response) => {
    const { hash } = input.read(input.hashParams, request.params);
    const bytes = (await door.content(hash)) ?? unknown(`content ${hash}`);
    response.type('application/octet-stream').send(Buffer.from(bytes));
  });
  router.post('/streams/:id', async (request, response) => {
    const { id } = input.read(input.streamParams, request.params);
    if (!(await door.deliver(id, request))) unknown(`reader of stream ${id}`);
    // The reader left before the end: the agent is told so, and cut off should it not listen.
    if (!request.complete) response.status(410).set('Connection', 'close').end();
    else response.status(204).end();
  });
  return router;
}

function tar(open: (params: unknown, signal: AbortSignal) => Promise<Readable | undefined>): RequestHandler {
  return async (request, response) => {
    const signal = closed(response);
    const stream = (await open(request.params, signal)) ?? unknown(request.path);
    response.type('application/x-tar');
    await send(stream, response, signal);
  };
}

async function send(stream: Readable, response: Response, signal: AbortSignal): Promise<void> {
  await pipeline(stream, response).catch((error) => {
    if (!signal.aborted) throw error;
  });
}

function unknown(what: string): never {
  throw new WindlassError('unknown-name', `there is no ${what}`);
}
