import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { messageOf, WindlassError } from '../errors.ts';
import type { ErrorDocument } from '../model/documents.ts';
import type { Secret } from '../secret.ts';

/** What the controller gives an agent: build contexts, images and config files' bytes. */
export interface ControllerDoor {
  buildContext(inputs: string, signal?: AbortSignal): Promise<Readable>;
  image(reference: string, signal?: AbortSignal): Promise<Readable>;
  content(hash: string): Promise<Uint8Array>;
  /** Uploads to whoever waits for the stream on the controller. */
  deliver(stream: string, bytes: Readable): Promise<void>;
}

/** Config files kept in an agent's memory, so that a release for many containers is fetched once. */
const keptBytes = 32 * 1024 * 1024;

/** The agent's way to the controller over HTTP, with the agents' own token. */
export function createControllerDoor(url: string, token: () => Promise<Secret>): ControllerDoor {
  const request = async (path: string, options: RequestInit = {}): Promise<Response> => {
    const headers = { authorization: `Bearer ${(await token()).reveal()}` };
    const response = await fetch(`${url}/agent/v1/${path}`, { ...options, headers }).catch((error: unknown) => {
      throw new WindlassError('host-lost', `the controller at ${url} does not answer: ${messageOf(error)}; see WINDLASS_URL`, {
        permanent: false,
        cause: error,
      });
    });
    if (response.ok) return response;
    if (response.status === 422) throw await refusal(response, path);
    throw new WindlassError('host-lost', `the controller at ${url} answered ${response.status} for ${path}`, { permanent: false });
  };
  const stream = async (path: string, signal?: AbortSignal): Promise<Readable> => {
    const { body } = await request(path, signal ? { signal } : {});
    return body ? explained(Readable.fromWeb(body as ReadableStream), path, signal) : Readable.from([]);
  };
  const contents = createContentCache(async (hash) => new Uint8Array(await (await request(`contents/${hash}`)).arrayBuffer()));
  return {
    buildContext: (inputs, signal) => stream(`contexts/${inputs}`, signal),
    image: (reference, signal) => stream(`images/${encodeURIComponent(reference)}`, signal),
    content: contents,
    deliver: async (id, bytes) => {
      try {
        await request(`streams/${id}`, { method: 'POST', body: Readable.toWeb(bytes), duplex: 'half' } as RequestInit);
      } finally {
        // An early answer (the reader has left) does not make fetch let go of the body.
        bytes.destroy();
      }
    },
  };
}

/** The same bytes; where they break off, the error says whose they are and who knows why. */
function explained(bytes: Readable, path: string, signal: AbortSignal | undefined): Readable {
  const output = new PassThrough();
  bytes.once('error', (error: Error) => {
    if (signal?.aborted) return void output.destroy(error);
    const message = `what the controller sent of ${path} broke off (${messageOf(error)}): its log says why`;
    output.destroy(new WindlassError('host-lost', message, { permanent: false, cause: error }));
  });
  output.once('close', () => bytes.destroy());
  return bytes.pipe(output);
}

/** What asking again cannot cure, in the controller's words: a build context with a symlink that leaves it. */
async function refusal(response: Response, path: string): Promise<WindlassError> {
  const body = (await response.json().catch(() => undefined)) as Partial<ErrorDocument> | undefined;
  return new WindlassError('build', body?.error?.message ?? `the controller cannot give ${path}`);
}

/** Remembers the newest contents up to a bound, shares what is on its way, and accepts only bytes that have the hash. */
function createContentCache(load: (hash: string) => Promise<Uint8Array>): (hash: string) => Promise<Uint8Array> {
  const known = new Map<string, Promise<Uint8Array>>();
  const sizes = new Map<string, number>();
  const verified = async (hash: string): Promise<Uint8Array> => {
    const bytes = await load(hash);
    const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (actual !== hash) throw new WindlassError('host-lost', `the controller sent other bytes than ${hash}`, { permanent: false });
    sizes.set(hash, bytes.length);
    return bytes;
  };
  const evict = () => {
    let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const [hash, size] of sizes) {
      if (total <= keptBytes) return;
      known.delete(hash);
      sizes.delete(hash);
      total -= size;
    }
  };
  return (hash) => {
    const found = known.get(hash);
    if (found) return found;
    const loading = verified(hash);
    known.set(hash, loading);
    loading.then(evict, () => known.delete(hash));
    return loading;
  };
}
