import { messageOf } from '../errors.ts';
import type { ErrorDocument } from '../model/documents.ts';
import type { Secret } from '../secret.ts';
import { CliError, exitStatus } from './cli-error.ts';

type Query = Readonly<Record<string, string | number | undefined>>;

/** The API of the controller. A path is given in parts, which are encoded. */
export interface Client {
  get<Document>(path: readonly string[], query?: Query): Promise<Document>;
  send<Document>(method: 'POST' | 'PUT' | 'DELETE', path: readonly string[], body?: object): Promise<Document>;
  /** The answer's bytes as they come, until its end or the signal. */
  stream(path: readonly string[], query: Query, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** CliError with the controller's own words where it refuses, and with what to do where it does not answer. */
export function createClient({ url, token }: { readonly url: string; readonly token: Secret }): Client {
  const ask = async (path: readonly string[], query: Query, init: RequestInit): Promise<Response> => {
    const address = `${url}/api/v1/${path.map(encodeURIComponent).join('/')}${queryText(query)}`;
    const headers = { ...init.headers, Authorization: `Bearer ${token.reveal()}` };
    const response = await fetch(address, { ...init, headers }).catch((error) => unanswered(error, url, init.signal));
    return response.ok ? response : refused(response, url);
  };
  return {
    get: async (path, query = {}) => document(await ask(path, query, {}), url),
    send: async (method, path, body) => {
      const content = body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
      return document(await ask(path, {}, { method, ...content }), url);
    },
    stream: async (path, query, signal) => {
      const { body } = await ask(path, query, { signal });
      return whole(body, url, signal);
    },
  };
}

/** An answer that is cut off is no end of it. */
async function* whole(body: AsyncIterable<Uint8Array> | null, url: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    if (body) yield* body;
  } catch (error) {
    signal.throwIfAborted();
    throw new CliError(`the controller at ${url} broke off: ${messageOf(error)}`, { answer: 0 });
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

async function document<Document>(response: Response, url: string): Promise<Document> {
  const text = await response.text().catch((error) => unanswered(error, url, undefined));
  const content = parsed(text);
  if (typeof content === 'object' && content !== null && 'apiVersion' in content) return content as Document;
  throw new CliError(`what answers at ${url} is no windlass controller: set WINDLASS_URL to where it runs`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unanswered(error: unknown, url: string, signal: AbortSignal | null | undefined): never {
  if (signal?.aborted) throw error;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  throw new CliError(`the controller does not answer at ${url}${code}: start it with "windlass up", or set WINDLASS_URL to where it runs`, {
    answer: 0,
  });
}

async function refused(response: Response, url: string): Promise<never> {
  const content = (await response.json().catch(() => undefined)) as Partial<ErrorDocument> | undefined;
  const answer = response.status;
  if (!content?.error) throw new CliError(`${url} answered ${answer}: is that the controller? WINDLASS_URL says where it runs`, { answer });
  const { code, message, output, issues } = content.error;
  const status = code === 'input' ? exitStatus.wrongUse : exitStatus.failed;
  throw new CliError(message, { status, answer, output: issues?.join('\n') ?? output });
}
