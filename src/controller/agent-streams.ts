import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { StreamHub } from '../api/stream-hub.ts';
import { WindlassError } from '../errors.ts';
import type { AgentRequest } from '../queue/agent-jobs.ts';
import type { StepQueue } from '../queue/steps.ts';

type Asked = AgentRequest extends infer Request ? (Request extends { readonly stream: string } ? Omit<Request, 'stream'> : never) : never;

const answerWithinMs = 15_000;

/** Asks a host's agent for bytes; it uploads them to the controller, and this is the other end of that upload. */
export function openAgentStream(
  hub: StreamHub,
  steps: Pick<StepQueue, 'request'>,
  host: string,
  asked: Asked,
  signal: AbortSignal,
): Promise<Readable> {
  const stream = randomUUID();
  const failed = new AbortController();
  const opened = hub.open(stream, answerWithinMs, AbortSignal.any([signal, failed.signal]));
  steps.request({ host, request: { ...asked, stream } as AgentRequest, signal }).then(
    ({ ok, error }) => {
      if (!ok) failed.abort(new WindlassError('docker', `host ${host}: ${error?.message ?? 'the agent refused'}`));
    },
    (error: unknown) => failed.abort(error),
  );
  return opened;
}

/** All of a small stream. */
export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
