import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Client } from './client.ts';
import type { EngineEvent } from './engine.ts';
import { engineError } from './errors.ts';

const message = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
  timeNano: z.number(),
});

/**
 * What changes a container, an image or a network. Each healthcheck is an exec with three events that carry its whole command line, and so
 * is each push: they are not even sent. The engine takes these as beginnings, for `health_status` is one:
 * https://docs.docker.com/reference/cli/docker/system/events/
 */
const types = ['container', 'image', 'network'];
const actions = [
  'create destroy die extract-to-dir health_status kill oom pause rename restart start stop unpause update',
  'delete import load pull tag untag',
  'connect disconnect remove',
].flatMap((some) => some.split(' '));

/** Hands on container, image and network events until the signal or the end of the stream; `onOpen`: from here on none is missed. */
export async function followEvents(
  client: Client,
  onEvent: (event: EngineEvent) => void,
  signal: AbortSignal,
  onOpen: () => void = () => {},
): Promise<void> {
  const what = 'follow the events';
  const filters = { type: types, event: actions };
  try {
    const stream = await client.open(what, '/events', { filters }, signal);
    onOpen();
    // readline does not hand on an error of its input; the iteration below would wait for ever.
    const lines = createInterface({ input: stream });
    const failed = new Promise<never>((_, reject) => stream.once('error', reject));
    const read = async () => {
      for await (const line of lines) {
        if (line.trim() !== '') onEvent(eventOf(line));
      }
    };
    await Promise.race([read(), failed]).finally(() => stream.destroy());
  } catch (error) {
    if (signal.aborted) return;
    throw engineError(client.endpoint.url, what, error);
  }
}

function eventOf(line: string): EngineEvent {
  const { Type, Action, Actor, timeNano } = message.parse(JSON.parse(line));
  return { type: Type, action: Action, id: Actor.ID, attributes: Actor.Attributes ?? {}, at: timeNano / 1e6 };
}
