import { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Provider } from '../model/root.ts';
import type { Secret } from '../secret.ts';
import { mostBodyBytes, mostBytesInFlight } from './limits.ts';
import { webhookProviders } from './providers.ts';
import { type BodyReader, createBodyReader } from './read-body.ts';
import { readDelivery } from './read-delivery.ts';

/** Whose webhooks are taken: `config` for the repository, else a source by its name. */
export interface HookSource {
  readonly name: string;
  readonly provider: Provider;
  /** Any of them is a proof; none refuses everything. */
  readonly secrets: readonly Secret[];
}

/** One proven webhook request about branches that environments watch. */
export interface Delivery {
  readonly source: string;
  /** The Git host's own, printable, at most 200 characters. */
  readonly id: string;
  readonly branches: readonly string[];
  readonly environments: readonly string[];
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

export interface WebhookDoorOptions {
  readonly sources: () => readonly HookSource[];
  /** Makes it durable; a rejection is answered with 503, so that the Git host sends it again. */
  readonly accept: (delivery: Delivery) => Promise<'accepted' | 'seen'>;
  /**
   * The environments that a push to this branch concerns; undefined while the repository has not been read yet: then every branch counts.
   */
  readonly watched: (source: string, branch: string) => readonly string[] | undefined;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly metrics?: { webhookRequest(source: string, answer: number): void };
  /** Smaller bounds for tests. */
  readonly limits?: { readonly mostBodyBytes: number; readonly mostBytesInFlight: number };
}

interface Answer {
  readonly status: number;
  readonly body: object;
  /** The delivery's id, by which logs follow it. */
  readonly pushes?: readonly string[];
}

/** Takes `POST /<source>`; mounted under /hooks, before anything that reads a body. */
export function createWebhookDoor(options: WebhookDoorOptions): Router {
  const bodies = createBodyReader(options.limits ?? { mostBodyBytes, mostBytesInFlight });
  const router = Router();
  router.all('/:source', async (request, response) => {
    const source = request.method === 'POST' ? options.sources().find(({ name }) => name === request.params.source) : undefined;
    const answer = source === undefined ? refusal(404, 'no such source') : await receive(options, bodies, source, request);
    // The sender has hung up in the middle of the body.
    if (request.errored) return;
    options.metrics?.webhookRequest(source?.name ?? 'unknown', answer.status);
    options.log[answer.status === 401 || answer.status === 503 ? 'warn' : 'info']({ source: source?.name, ...answer }, 'webhook answered');
    send(request, response, answer);
  });
  router.use(answerError(options.log));
  return router;
}

async function receive(options: WebhookDoorOptions, bodies: BodyReader, source: HookSource, request: Request): Promise<Answer> {
  const body = await bodies.read(request);
  if (typeof body === 'number') return refusal(body, bodyRefusals[body]);
  const provider = webhookProviders[source.provider];
  const receivedAt = options.now();
  // A blank secret is a proof that anybody can give.
  const secrets = source.secrets.filter((secret) => secret.reveal().trim() !== '');
  if (!provider.verify(body, request.headers, secrets, receivedAt)) return refusal(401, 'no proof that a secret of this source gives');
  const reading = readDelivery(provider, body, request.headers);
  if (reading.kind === 'unreadable') return refusal(400, reading.reason);
  if (reading.kind === 'ignored') return { status: 200, body: { reason: reading.reason } };
  const watched = reading.branches.map((branch) => ({ branch, environments: options.watched(source.name, branch) }));
  const environments = [...new Set(watched.flatMap((one) => one.environments ?? []))];
  const concerned = watched.filter((one) => one.environments === undefined || one.environments.length > 0);
  if (concerned.length === 0) return { status: 200, body: { reason: `no environment watches ${listed(reading.branches)}` } };
  const branches = concerned.map(({ branch }) => branch);
  return accepted(options, { source: source.name, id: reading.id, branches, environments, receivedAt });
}

/** The first few of what may be thousands. */
function listed(branches: readonly string[]): string {
  const [shown, more] = [branches.slice(0, 5), branches.length - 5];
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

async function accepted({ accept, log }: WebhookDoorOptions, delivery: Delivery): Promise<Answer> {
  try {
    if ((await accept(delivery)) === 'seen')
      return { status: 200, body: { reason: `delivery ${delivery.id} was seen already` }, pushes: [delivery.id] };
    return { status: 202, body: { delivery: delivery.id, environments: delivery.environments }, pushes: [delivery.id] };
  } catch (error) {
    log.error({ source: delivery.source, pushes: [delivery.id], error: messageOf(error) }, 'a delivery cannot be kept');
    return refusal(503, 'the delivery cannot be kept now: send it again later');
  }
}

const bodyRefusals = {
  413: 'the body is too large',
  415: 'the body must be application/json in UTF-8, not encoded',
  503: 'too many bodies at once: send it again later',
} as const;

function refusal(status: number, error: string): Answer {
  return { status, body: { error } };
}

/** Where the body was not read to its end the connection cannot go on. */
function send(request: Request, response: Response, { status, body }: Answer): void {
  if (!request.readableEnded) response.set('Connection', 'close');
  if (status === 503) response.set('Retry-After', '10');
  response.status(status).json(body);
}

/** Express's own answer is a page with the stack. */
function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (request.errored || response.headersSent) return void response.destroy();
    const status = error instanceof URIError ? 400 : 500;
    if (status === 500) log.error({ error: messageOf(error) }, 'a webhook failed');
    send(request, response, refusal(status, status === 400 ? 'the path cannot be read' : 'internal error'));
  };
}
